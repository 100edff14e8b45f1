//! Tasks are claimed by lease: never by two workers at once, never lost with one.

use std::collections::HashSet;

use futures_util::future::join_all;
use sidedoor::clock::Clock;
use sidedoor::id::TaskId;
use sidedoor::model::NewTask;
use sidedoor::store::{Store, leads, outbox};

use crate::database::TestDatabase;
use crate::store_sample::{self as sample, MORNING};

const LEASE_MS: i64 = 60_000;

crate::on_both_databases!(
    a_task_is_claimed_once_while_its_lease_lasts,
    two_workers_never_get_the_same_task,
    a_task_is_not_tried_before_its_time,
    a_claim_is_renewed_by_its_holder_only,
    a_task_that_cannot_be_read_holds_up_no_other,
    a_finished_task_is_over,
    a_worker_that_lost_its_lease_cannot_put_a_task_back,
    a_task_that_is_given_up_is_shown_to_staff_and_can_be_released,
);

async fn queue(store: &Store, count: usize) -> Vec<NewTask> {
    let tasks: Vec<NewTask> = (0..count).map(|number| sample::task(None, None, &format!("task {number}"))).collect();
    leads::save(store, &sample::lead(None, "ana@acme.example"), &tasks).await.unwrap();
    tasks
}

async fn a_task_is_claimed_once_while_its_lease_lasts(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    let queued = queue(&store, 3).await;

    let first = outbox::claim(&store, 2, LEASE_MS).await.unwrap();
    let second = outbox::claim(&store, 10, LEASE_MS).await.unwrap();
    let third = outbox::claim(&store, 10, LEASE_MS).await.unwrap();
    let next = outbox::next_due(&store).await.unwrap();
    clock.advance(LEASE_MS);
    let taken_over = outbox::claim(&store, 10, LEASE_MS).await.unwrap();

    assert_eq!(first.iter().map(|task| task.id).collect::<Vec<_>>(), [queued[0].id, queued[1].id]);
    assert_eq!(first[0].payload, queued[0].payload);
    assert_eq!(first[0].message_id, queued[0].message_id);
    assert_eq!((first[0].attempts, first[0].created_at), (0, MORNING));
    assert_eq!(second.len(), 1);
    assert!(third.is_empty());
    assert_eq!(next, Some(MORNING + LEASE_MS));
    assert_eq!(taken_over.len(), 3);
    assert!(taken_over.iter().all(|task| task.attempts == 1));
}

async fn two_workers_never_get_the_same_task(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let stores = [database.open_at(&clock).await, database.open_at(&clock).await];
    queue(&stores[0], 60).await;

    let claims = join_all((0..20).map(|worker| outbox::claim(&stores[worker % 2], 4, LEASE_MS))).await;

    let claimed: Vec<TaskId> = claims.into_iter().flat_map(Result::unwrap).map(|task| task.id).collect();
    let different: HashSet<TaskId> = claimed.iter().copied().collect();
    assert_eq!(different.len(), claimed.len());
    assert!(!claimed.is_empty());
    let mut rest = 0;
    while let claimed @ 1.. = outbox::claim(&stores[1], 7, LEASE_MS).await.unwrap().len() {
        rest += claimed;
    }
    assert_eq!(claimed.len() + rest, 60);
}

async fn a_task_is_not_tried_before_its_time(database: TestDatabase) {
    let clock = Clock::manual(MORNING - 1);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;

    let early = outbox::claim(&store, 1, LEASE_MS).await.unwrap();
    clock.advance(1);
    let due = outbox::claim(&store, 1, LEASE_MS).await.unwrap();
    let back = outbox::retry(&store, &due[0], MORNING + 10, "421 try later").await.unwrap();
    let next = outbox::next_due(&store).await.unwrap();
    let still_early = outbox::claim(&store, 1, LEASE_MS).await.unwrap();
    clock.advance(10);
    let again = outbox::claim(&store, 1, LEASE_MS).await.unwrap();

    assert!(early.is_empty() && still_early.is_empty());
    assert!(back);
    assert_eq!(next, Some(MORNING + 10));
    assert_eq!((again[0].id, again[0].attempts), (due[0].id, 1));
    assert_eq!(again[0].message_id, due[0].message_id);
}

async fn a_claim_is_renewed_by_its_holder_only(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;
    let task = outbox::claim(&store, 1, LEASE_MS).await.unwrap().remove(0);
    clock.advance(LEASE_MS - 1);

    let renewed = outbox::renew(&store, &task, LEASE_MS).await.unwrap();
    clock.advance(LEASE_MS - 1);
    let held = outbox::claim(&store, 1, LEASE_MS).await.unwrap();
    clock.advance(1);
    let taken_over = outbox::claim(&store, 1, LEASE_MS).await.unwrap();
    let too_late = outbox::renew(&store, &task, LEASE_MS).await.unwrap();

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

    let claimed = outbox::claim(&store, 10, LEASE_MS).await.unwrap();

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
    let task = outbox::claim(&store, 1, LEASE_MS).await.unwrap().remove(0);

    outbox::finish(&store, &task).await.unwrap();
    outbox::finish(&store, &task).await.unwrap();
    let put_back = outbox::retry(&store, &task, MORNING, "late").await.unwrap();
    let given_up = outbox::reject(&store, &task, "late").await.unwrap();
    clock.advance(LEASE_MS);

    assert!(!put_back && !given_up);
    assert!(outbox::claim(&store, 1, LEASE_MS).await.unwrap().is_empty());
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 0);
    assert_eq!(outbox::next_due(&store).await.unwrap(), None);
    assert_eq!(outbox::failed(&store, 10).await.unwrap(), []);
}

async fn a_worker_that_lost_its_lease_cannot_put_a_task_back(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;
    let slow = outbox::claim(&store, 1, LEASE_MS).await.unwrap().remove(0);
    clock.advance(LEASE_MS);
    let quick = outbox::claim(&store, 1, LEASE_MS).await.unwrap().remove(0);

    let put_back = outbox::retry(&store, &slow, MORNING, "timed out").await.unwrap();
    let given_up = outbox::reject(&store, &slow, "timed out").await.unwrap();
    let stolen = outbox::claim(&store, 1, LEASE_MS).await.unwrap();
    // Its mail has left all the same: then nobody shall send it again.
    outbox::finish(&store, &slow).await.unwrap();
    let late = outbox::retry(&store, &quick, MORNING, "refused").await.unwrap();

    assert!(!put_back && !given_up && !late);
    assert!(stolen.is_empty());
    assert_eq!(outbox::pending_count(&store).await.unwrap(), 0);
}

async fn a_task_that_is_given_up_is_shown_to_staff_and_can_be_released(database: TestDatabase) {
    let clock = Clock::manual(MORNING);
    let store = database.open_at(&clock).await;
    queue(&store, 1).await;
    let task = outbox::claim(&store, 1, LEASE_MS).await.unwrap().remove(0);
    let long = format!("550 no such person\0{}", "x".repeat(5_000));

    let given_up = outbox::reject(&store, &task, &long).await.unwrap();
    let failed = outbox::failed(&store, 10).await.unwrap();
    let released = outbox::release(&store, task.id).await.unwrap();
    let twice = outbox::release(&store, task.id).await.unwrap();
    let again = outbox::claim(&store, 1, LEASE_MS).await.unwrap();

    assert!(given_up);
    assert_eq!((&failed[0].id, failed[0].attempts, failed[0].at), (&task.id.to_string(), 1, MORNING));
    assert!(failed[0].error.starts_with("550 no such personxx"));
    assert!(failed[0].error.len() <= 1_000);
    assert!(released && !twice);
    assert_eq!(again[0].id, task.id);
    assert!(outbox::failed(&store, 10).await.unwrap().is_empty());
}
