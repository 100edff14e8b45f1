//! Tasks are claimed by lease: never by two workers at once, never lost with one; each lane, order and batch by itself.

use std::collections::HashSet;
use std::slice::from_ref;

use futures_util::future::join_all;
use sidedoor::clock::Clock;
use sidedoor::id::TaskId;
use sidedoor::model::{Lane, NewTask, Terms};
use sidedoor::store::{Store, leads, outbox};

use crate::database::TestDatabase;
use crate::store_sample::{self as sample, MORNING};

const LEASE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

crate::on_both_databases!(
    a_task_is_claimed_once_while_its_lease_lasts,
    two_workers_never_get_the_same_task,
    a_task_is_not_tried_before_its_time,
    a_claim_is_renewed_by_its_holder_only,
    a_task_that_cannot_be_read_holds_up_no_other,
    a_task_whose_giving_up_cannot_be_stored_takes_no_other_with_it,
    a_finished_task_is_over,
    a_worker_that_lost_its_lease_cannot_put_a_task_back,
    a_task_that_is_given_up_is_shown_to_staff_and_can_be_released,
    a_released_task_is_as_young_as_a_new_one,
    a_task_that_has_expired_is_not_released,
    tasks_of_one_key_are_delivered_one_at_a_time_in_order,
    tasks_of_one_batch_are_claimed_together_and_end_together,
    a_postponed_task_has_not_been_tried,
    lanes_are_claimed_apart,
    a_retry_is_not_stalled_by_a_clock_that_is_set_back,
    an_appointment_stands_when_the_clock_is_set_back,
    a_dead_workers_claim_ends_though_the_clock_is_set_back,
    nodes_whose_clocks_differ_neither_delay_nor_steal,
    what_waits_is_listed_whatever_stands_in_its_row,
);

async fn queue(store: &Store, count: usize) -> Vec<NewTask> {
    queue_on(store, count, |_| Terms::default()).await
}

async fn queue_on(store: &Store, count: usize, terms: impl Fn(usize) -> Terms) -> Vec<NewTask> {
    let task = |number| NewTask { terms: terms(number), ..sample::task(None, None, &format!("task {number}")) };
    let tasks: Vec<NewTask> = (0..count).map(task).collect();
    leads::save(store, &sample::form(&sample::lead(None, "ana@acme.example")), &tasks).await.unwrap();
    tasks
}

fn ids(tasks: &[NewTask]) -> Vec<TaskId> {
    tasks.iter().map(|task| task.id).collect()
}

async fn a_task_is_claimed_once_while_its_lease_lasts(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let queued = queue(&store, 3).await;

    let first = sample::claim(&store, 2, LEASE_MS).await;
    let second = sample::claim(&store, 10, LEASE_MS).await;
    let third = outbox::claim(&store, &[(Lane::Urgent, 10)], LEASE_MS).await.unwrap();
    clock.advance(LEASE_MS);
    let taken_over = sample::claim(&store, 10, LEASE_MS).await;

    assert_eq!(first.iter().map(|task| task.id).collect::<Vec<_>>(), [queued[0].id, queued[1].id]);
    assert_eq!(first[0].payload, queued[0].payload);
    assert_eq!(first[0].message_id, queued[0].message_id);
    assert_eq!((first[0].attempts, first[0].created_at), (0, MORNING));
    assert_eq!(second.len(), 1);
    assert!(third.batches.is_empty() && third.more_in.is_empty());
    assert_eq!(third.next_in, Some(LEASE_MS));
    assert_eq!(taken_over.len(), 3);
    assert!(taken_over.iter().all(|task| task.attempts == 1));
}

async fn two_workers_never_get_the_same_task(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let stores = [database.open_at(&clock).await, database.open_at(&clock).await];
    queue(&stores[0], 60).await;

    let claims = join_all((0..20).map(|worker| sample::claim(&stores[worker % 2], 4, LEASE_MS))).await;

    let claimed: Vec<TaskId> = claims.into_iter().flatten().map(|task| task.id).collect();
    let different: HashSet<TaskId> = claimed.iter().copied().collect();
    assert_eq!(different.len(), claimed.len());
    assert!(!claimed.is_empty());
    let mut rest = 0;
    while let claimed @ 1.. = sample::claim(&stores[1], 7, LEASE_MS).await.len() {
        rest += claimed;
    }
    assert_eq!(claimed.len() + rest, 60);
}

async fn a_task_is_not_tried_before_its_time(database: TestDatabase) {
    let clock = Clock::manual(MORNING - 1);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;

    let early = sample::claim(&store, 1, LEASE_MS).await;
    clock.advance(1);
    let due = sample::claim(&store, 1, LEASE_MS).await;
    let back = outbox::retry(&store, &due, 10, "421 try later").await.unwrap();
    let still_early = outbox::claim(&store, &[(Lane::Urgent, 1)], LEASE_MS).await.unwrap();
    clock.advance(10);
    let again = sample::claim(&store, 1, LEASE_MS).await;

    assert!(early.is_empty() && still_early.batches.is_empty());
    assert!(back);
    assert_eq!(still_early.next_in, Some(10));
    assert_eq!((again[0].id, again[0].attempts), (due[0].id, 1));
    assert_eq!(again[0].message_id, due[0].message_id);
}

async fn a_claim_is_renewed_by_its_holder_only(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;
    let task = sample::claim(&store, 1, LEASE_MS).await.remove(0);
    clock.advance(LEASE_MS - 1);

    let renewed = outbox::renew(&store, from_ref(&task), LEASE_MS).await.unwrap();
    clock.advance(LEASE_MS - 1);
    let held = sample::claim(&store, 1, LEASE_MS).await;
    clock.advance(1);
    let taken_over = sample::claim(&store, 1, LEASE_MS).await;
    let too_late = outbox::renew(&store, from_ref(&task), LEASE_MS).await.unwrap();

    assert!(renewed && !too_late);
    assert!(held.is_empty());
    assert_eq!(taken_over.len(), 1);
}

async fn a_task_that_cannot_be_read_holds_up_no_other(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let queued = queue(&store, 3).await;
    let broken = queued[1].id;
    database.execute(&format!("update outbox set payload = 'no JSON' where id = '{broken}'")).await;

    let claimed = sample::claim(&store, 10, LEASE_MS).await;

    assert_eq!(claimed.iter().map(|task| task.id).collect::<Vec<_>>(), [queued[0].id, queued[2].id]);
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 2);
    let failed = outbox::failed(&store, 10).await.unwrap();
    assert_eq!(failed.iter().map(|task| &task.id).collect::<Vec<_>>(), [&broken.to_string()]);
    assert!(!failed[0].error.is_empty());
}

async fn a_finished_task_is_over(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;
    let task = sample::claim(&store, 1, LEASE_MS).await.remove(0);

    outbox::finish(&store, from_ref(&task)).await.unwrap();
    outbox::finish(&store, from_ref(&task)).await.unwrap();
    let put_back = outbox::retry(&store, from_ref(&task), 0, "late").await.unwrap();
    let given_up = outbox::reject(&store, from_ref(&task), "late").await.unwrap();
    clock.advance(LEASE_MS);

    assert!(!put_back && !given_up);
    assert!(sample::claim(&store, 1, LEASE_MS).await.is_empty());
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 0);
    assert_eq!(sample::next_in(&store).await, None);
    assert_eq!(outbox::failed(&store, 10).await.unwrap(), []);
}

async fn a_worker_that_lost_its_lease_cannot_put_a_task_back(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;
    let slow = sample::claim(&store, 1, LEASE_MS).await.remove(0);
    clock.advance(LEASE_MS);
    let quick = sample::claim(&store, 1, LEASE_MS).await.remove(0);

    let put_back = outbox::retry(&store, from_ref(&slow), 0, "timed out").await.unwrap();
    let given_up = outbox::reject(&store, from_ref(&slow), "timed out").await.unwrap();
    let stolen = sample::claim(&store, 1, LEASE_MS).await;
    // Its mail has left all the same: then nobody shall send it again.
    outbox::finish(&store, from_ref(&slow)).await.unwrap();
    let late = outbox::retry(&store, from_ref(&quick), 0, "refused").await.unwrap();

    assert!(!put_back && !given_up && !late);
    assert!(stolen.is_empty());
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 0);
}

async fn a_task_that_is_given_up_is_shown_to_staff_and_can_be_released(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;
    let task = sample::claim(&store, 1, LEASE_MS).await.remove(0);
    let long = format!("550 no such person\0{}", "x".repeat(5_000));

    let given_up = outbox::reject(&store, from_ref(&task), &long).await.unwrap();
    let failed = outbox::failed(&store, 10).await.unwrap();
    let released = outbox::release(&store, task.id).await.unwrap();
    let twice = outbox::release(&store, task.id).await.unwrap();
    let again = sample::claim(&store, 1, LEASE_MS).await;

    assert!(given_up);
    assert_eq!((&failed[0].id, failed[0].attempts, failed[0].at), (&task.id.to_string(), 1, MORNING));
    assert!(failed[0].error.starts_with("550 no such personxx"));
    assert!(failed[0].error.len() <= 1_000);
    assert!(released && !twice);
    assert_eq!(again[0].id, task.id);
    assert!(outbox::failed(&store, 10).await.unwrap().is_empty());
}

async fn a_task_whose_giving_up_cannot_be_stored_takes_no_other_with_it(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let queued = queue(&store, 2).await;
    let broken = queued[0].id;
    let refuse = if database.is_sqlite() {
        "create trigger refuse before update on outbox when new.status = 'failed' begin select raise(abort, 'no'); end"
    } else {
        "create function refuse() returns trigger as $$ begin raise exception 'no'; end $$ language plpgsql;
         create trigger refuse before update on outbox for each row when (new.status = 'failed')
            execute function refuse()"
    };
    database.execute(&format!("update outbox set payload = '{{' where id = '{broken}'; {refuse}")).await;

    let claimed = sample::claim(&store, 10, LEASE_MS).await;

    assert_eq!(claimed.iter().map(|task| task.id).collect::<Vec<_>>(), [queued[1].id]);
}

async fn a_released_task_is_as_young_as_a_new_one(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 2).await;
    let claimed = sample::claim(&store, 2, LEASE_MS).await;
    outbox::retry(&store, &claimed, 10, "451").await.unwrap();
    clock.advance(10);
    outbox::reject(&store, &sample::claim(&store, 2, LEASE_MS).await, "given up").await.unwrap();
    clock.advance(6 * DAY_MS);

    let released = outbox::release_all(&store).await.unwrap();
    let again = sample::claim(&store, 2, LEASE_MS).await;

    assert_eq!(released, 2);
    assert_eq!(again.len(), 2);
    for task in again {
        assert_eq!((task.attempts, task.created_at, task.tried_since), (0, MORNING, clock.now()));
    }
}

async fn a_task_that_has_expired_is_not_released(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let terms = |_| Terms { expires_at: Some(MORNING + HOUR_MS), ..Terms::default() };
    let queued = queue_on(&store, 1, terms).await;
    let claimed = sample::claim(&store, 1, LEASE_MS).await;
    outbox::reject(&store, &claimed, "given up").await.unwrap();
    clock.advance(HOUR_MS);

    let released = outbox::release(&store, queued[0].id).await.unwrap();

    assert_eq!(claimed[0].terms, terms(0));
    assert!(!released);
    assert_eq!(outbox::release_all(&store).await.unwrap(), 0);
}

async fn tasks_of_one_key_are_delivered_one_at_a_time_in_order(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let terms =
        |number: usize| Terms { order_key: Some(["ana:sms", "bea:sms"][number % 2].to_owned()), ..Terms::default() };
    let queued = ids(&queue_on(&store, 6, terms).await);
    let mut said = Vec::new();

    let first = sample::claim(&store, 10, LEASE_MS).await;
    let meanwhile = sample::claim(&store, 10, LEASE_MS).await;
    // One person's message waits for another try: what was said later waits behind it, another person's does not.
    outbox::retry(&store, from_ref(&first[0]), 5_000, "429").await.unwrap();
    outbox::finish(&store, from_ref(&first[1])).await.unwrap();
    let second = sample::claim(&store, 10, LEASE_MS).await;
    outbox::finish(&store, &second).await.unwrap();
    clock.advance(5_000);
    loop {
        let claimed = sample::claim(&store, 10, LEASE_MS).await;
        if claimed.is_empty() {
            break;
        }
        said.push(claimed.iter().map(|task| task.id).collect::<Vec<_>>());
        outbox::finish(&store, &claimed).await.unwrap();
    }

    assert_eq!(first.iter().map(|task| task.id).collect::<Vec<_>>(), [queued[0], queued[1]]);
    assert!(meanwhile.is_empty());
    assert_eq!(second.iter().map(|task| task.id).collect::<Vec<_>>(), [queued[3]]);
    assert_eq!(said, [vec![queued[0], queued[5]], vec![queued[2]], vec![queued[4]]]);
}

async fn tasks_of_one_batch_are_claimed_together_and_end_together(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let terms = |number: usize| Terms { batch_key: (number != 1).then(|| "forms".to_owned()), ..Terms::default() };
    let queued = ids(&queue_on(&store, 4, terms).await);
    let wanted = [(Lane::Urgent, 2)];

    let claimed = outbox::claim(&store, &wanted, LEASE_MS).await.unwrap();
    let renewed = outbox::renew(&store, &claimed.batches[0], 2 * LEASE_MS).await.unwrap();
    clock.advance(LEASE_MS + 1);
    let alone = outbox::claim(&store, &wanted, LEASE_MS).await.unwrap();
    outbox::retry(&store, &claimed.batches[0], 1_000, "451").await.unwrap();
    clock.advance(1_000);
    let again = outbox::claim(&store, &wanted, LEASE_MS).await.unwrap();
    outbox::finish(&store, &again.batches[0]).await.unwrap();

    let batch = |batch: &[sidedoor::model::Task]| batch.iter().map(|task| task.id).collect::<Vec<_>>();
    assert_eq!(batch(&claimed.batches[0]), [queued[0], queued[2], queued[3]]);
    assert_eq!(batch(&claimed.batches[1]), [queued[1]]);
    assert!(renewed);
    assert_eq!(alone.batches.iter().map(|it| batch(it)).collect::<Vec<_>>(), [[queued[1]]]);
    assert_eq!(batch(&again.batches[0]), [queued[0], queued[2], queued[3]]);
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 1);
}

async fn a_postponed_task_has_not_been_tried(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;
    let claimed = sample::claim(&store, 1, LEASE_MS).await;

    let postponed = outbox::postpone(&store, &claimed, 1_000).await.unwrap();
    let early = sample::claim(&store, 1, LEASE_MS).await;
    clock.advance(1_000);
    let again = sample::claim(&store, 1, LEASE_MS).await;

    assert!(postponed && early.is_empty());
    assert_eq!((again[0].attempts, again[0].claim), (0, 2));
}

async fn lanes_are_claimed_apart(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let queued = ids(&queue(&store, 5).await);
    for bulk in &queued[..3] {
        database.execute(&format!("update outbox set lane = 'bulk' where id = '{bulk}'")).await;
    }

    let urgent = outbox::claim(&store, &[(Lane::Urgent, 4)], LEASE_MS).await.unwrap();
    let bulk = outbox::claim(&store, &[(Lane::Urgent, 4), (Lane::Bulk, 2)], LEASE_MS).await.unwrap();

    assert_eq!(urgent.batches.iter().map(|batch| batch[0].id).collect::<Vec<_>>(), queued[3..]);
    assert_eq!(bulk.batches.iter().map(|batch| batch[0].id).collect::<Vec<_>>(), queued[..2]);
    assert_eq!((urgent.more_in, bulk.more_in), (vec![], vec![Lane::Bulk]));
}

async fn a_retry_is_not_stalled_by_a_clock_that_is_set_back(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;
    let claimed = sample::claim(&store, 1, LEASE_MS).await;
    outbox::retry(&store, &claimed, 10_000, "451").await.unwrap();

    clock.advance(-HOUR_MS);
    let again = sample::claim(&store, 1, LEASE_MS).await;
    // Its waits count by the clock as it is now.
    outbox::retry(&store, &again, 10_000, "451").await.unwrap();
    let early = sample::claim(&store, 1, LEASE_MS).await;
    clock.advance(10_000);
    let later = sample::claim(&store, 1, LEASE_MS).await;

    assert_eq!((again.len(), early.len(), later.len()), (1, 0, 1));
}

async fn an_appointment_stands_when_the_clock_is_set_back(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let tomorrow = NewTask { not_before: MORNING + DAY_MS, ..sample::task(None, None, "tomorrow") };
    leads::save(&store, &sample::form(&sample::lead(None, "ana@acme.example")), from_ref(&tomorrow)).await.unwrap();

    clock.advance(-HOUR_MS);
    let early = sample::claim(&store, 1, LEASE_MS).await;
    clock.advance(HOUR_MS + DAY_MS);
    let then = sample::claim(&store, 1, LEASE_MS).await;

    assert_eq!((early.len(), then.len()), (0, 1));
}

async fn a_dead_workers_claim_ends_though_the_clock_is_set_back(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 2).await;
    let claimed = sample::claim(&store, 2, LEASE_MS).await;
    let (living, dead) = (&claimed[0], &claimed[1]);

    clock.advance(-HOUR_MS);
    let held = sample::claim(&store, 2, LEASE_MS).await;
    clock.advance(LEASE_MS / 3);
    outbox::renew(&store, from_ref(living), LEASE_MS).await.unwrap();
    clock.advance(LEASE_MS * 2 / 3);
    let taken_over = sample::claim(&store, 2, LEASE_MS).await;

    assert!(held.is_empty(), "a worker that lives keeps its claim");
    assert_eq!(taken_over.iter().map(|task| task.id).collect::<Vec<_>>(), [dead.id]);
}

async fn nodes_whose_clocks_differ_neither_delay_nor_steal(database: TestDatabase) {
    if database.is_sqlite() {
        // Its nodes share the machine, and so its clock.
        return;
    }
    let right = database.open_at(&Clock::system()).await;
    for ahead in [-HOUR_MS, -10_000, 10_000, HOUR_MS] {
        let clock = Clock::system_ahead(ahead);
        let wrong = database.open_at(&clock).await;
        let task = NewTask { not_before: clock.now(), ..sample::task(None, None, &format!("{ahead}")) };
        leads::save(&wrong, &sample::form(&sample::lead(None, "ana@acme.example")), from_ref(&task)).await.unwrap();

        let claimed = sample::claim(&right, 1, LEASE_MS).await;
        let stolen = sample::claim(&wrong, 1, LEASE_MS).await;
        outbox::retry(&wrong, &claimed, LEASE_MS, "451").await.unwrap();
        let early = sample::claim(&right, 1, LEASE_MS).await;

        assert_eq!((claimed.len(), stolen.len(), early.len()), (1, 0, 0), "{ahead}");
    }
}

async fn what_waits_is_listed_whatever_stands_in_its_row(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let queued = ids(&queue(&store, 3).await);
    let claimed = sample::claim(&store, 2, LEASE_MS).await;
    outbox::reject(&store, from_ref(&claimed[0]), "550 no such person").await.unwrap();
    database.execute(&format!("update outbox set payload = '{{' where id <> '{}'", queued[2])).await;

    let all = outbox::list(&store, false, 10).await.unwrap();
    let failed = outbox::list(&store, true, 10).await.unwrap();
    let found = outbox::find(&store, queued[1]).await.unwrap().unwrap();

    let states: Vec<_> = all.iter().map(|task| (task.id.as_str(), task.state)).collect();
    assert_eq!(failed.iter().map(|task| &task.id).collect::<Vec<_>>(), [&queued[0].to_string()]);
    assert_eq!(states[0], (failed[0].id.as_str(), outbox::State::Failed));
    assert_eq!(failed[0].error.as_deref(), Some("550 no such person"));
    assert_eq!((found.state, found.kind), (outbox::State::Delivering, None));
    assert_eq!(all[2].recipient.as_deref(), Some("sales@acme.example"));
    assert_eq!(all.len(), 3);
    assert_eq!(outbox::find(&store, TaskId::new()).await.unwrap(), None);
}
