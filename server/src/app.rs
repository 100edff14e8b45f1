//! Puts the parts together and owns every task: built from a configuration, run on a listener until told to stop.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bus::LocalBus;
use crate::channel::Channels;
use crate::clock::{Clock, Millis};
use crate::config::Config;
use crate::desk::Desk;
use crate::http::limit::Limiter;
use crate::http::origin::Doorkeeper;
use crate::http::pace::Pace;
use crate::http::{self, Shared, health, serve};
use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::model::Door;
use crate::outbox;
use crate::staff::Staff;
use crate::store::{self, Store};
use crate::understand::{self, TrainingProcess, Understand};

/// How long open connections may take to end after the stop signal: a bye, the acks under way, a mail in delivery.
const DRAIN: Duration = Duration::from_secs(10);
/// How often old conversations and idle addresses are let go.
const HOUSEKEEPING: Duration = Duration::from_secs(60);
/// How long forms that are kept aside can be looked at.
const HELD_DAYS: Millis = 30;
const DAY_MS: Millis = 24 * 60 * 60 * 1000;

/// A server that is ready to run.
pub struct App {
    shared: Shared,
    understand: Arc<Understand>,
    channels: Channels,
    wake: Arc<Notify>,
}

/// Why a server cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The database cannot be opened.
    #[error("the database cannot be opened: {0}")]
    Store(#[from] store::OpenError),
    /// The database answers no more.
    #[error("the database does not answer: {0}")]
    Unavailable(#[from] store::StoreError),
    /// The intents cannot be taken.
    #[error("{0}")]
    Intents(#[from] understand::LoadError),
    /// Mail cannot be sent as configured.
    #[error("\"smtp\": {0}")]
    Mail(#[from] crate::channel::ConfigError),
    /// The metrics' address is taken.
    #[error("\"metrics_listen\": {0}")]
    Metrics(std::io::Error),
    /// A thread died while training.
    #[error("training the matcher failed: {0}")]
    Training(#[from] tokio::task::JoinError),
}

impl App {
    /// Opens the database, has the matcher trained by the process where that was not done before, and connects the parts; takes
    /// no visitor yet.
    ///
    /// # Errors
    /// What is missing, and the remedy.
    pub async fn build(config: Config, process: TrainingProcess) -> Result<Self, BuildError> {
        Self::build_with(config, Clock::system(), Some(process)).await
    }

    /// As [`App::build`], with a clock of the caller's; without a process, what is not kept is trained here.
    ///
    /// # Errors
    /// What is missing, and the remedy.
    pub async fn build_with(
        config: Config,
        clock: Clock,
        process: Option<TrainingProcess>,
    ) -> Result<Self, BuildError> {
        let config = Arc::new(config);
        let training = {
            let config = Arc::clone(&config);
            tokio::task::spawn_blocking(move || Understand::load(config, process))
        };
        let (metrics, hub, wake) = (Metrics::new(), Hub::new(), Arc::new(Notify::new()));
        let bus = LocalBus::new(hub.clone(), Arc::clone(&wake), metrics.clone());
        let store =
            Store::open_telling(&config.database_url, clock.clone(), Box::new(move |committed| bus.publish(committed)))
                .await?;
        let token_key = store::settings::secret(&store, "visitor_token").await?;
        let understand = Arc::new(training.await??);
        // Compiles patterns and phone metadata, which the first visitor would otherwise wait for; not before, since training
        // needs the processors more.
        drop(tokio::task::spawn_blocking(sidedoor_dialogue::prepare));
        let staff = Arc::new(Staff::open(store.clone(), Arc::clone(&config), clock.clone()).await?);
        let desk = Arc::new(Desk::new(
            store.clone(),
            hub.clone(),
            Arc::clone(&understand),
            Arc::clone(&config),
            clock.clone(),
            token_key,
            metrics.clone(),
        ));
        for site in config.sites.iter().filter(|site| site.notice.is_some()) {
            desk.announce(&site.id, Some(clock.now()));
        }
        let channels = Channels::new(&config)?;
        let shared = Shared {
            desk,
            staff,
            staff_hub: hub,
            store,
            limiter: Arc::new(Limiter::new(&config.limits)),
            door: Arc::new(Doorkeeper::new()),
            config,
            metrics,
            clock,
            pace: Pace::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        Ok(Self { shared, understand, channels, wake })
    }

    /// What the routes share; for tests that speak to the desk directly.
    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// A link that signs in the first site's first member of staff, for whoever sits before a demo.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn first_staff_door(&self) -> Result<Option<Door>, BuildError> {
        let Shared { config, staff, clock, .. } = &self.shared;
        let Some(first) = config.sites.first().and_then(|site| site.mailboxes().next()) else { return Ok(None) };
        match staff.member_at(&first.address.to_string()).await? {
            Some(member) if !member.roles.is_empty() => Ok(Some(staff.first_door(&member, clock.now()).await?)),
            _ => Ok(None),
        }
    }

    /// With other waits on its connections than the usual ones; for tests, which do not wait for a quarter of a minute.
    #[must_use]
    pub fn paced(mut self, pace: Pace) -> Self {
        self.shared.pace = pace;
        self
    }

    /// Serves visitors on `listener` until `shutdown` resolves; then says bye, drains and returns.
    ///
    /// # Errors
    /// Where the metrics' own address cannot be listened on; nothing was served then.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> Result<(), BuildError> {
        let Self { shared, understand, channels, wake } = self;
        let (stop, tasks) = (shared.stop.clone(), shared.tasks.clone());
        if let Some(listen) = &shared.config.metrics_listen {
            let listener = TcpListener::bind(listen).await.map_err(BuildError::Metrics)?;
            let router = health::metrics_router(shared.clone());
            // Limits of its own: visitors must not be able to shut out whoever watches.
            let door = serve::Door::new(&shared, Arc::new(Limiter::new(&shared.config.limits)));
            tasks.spawn(serve::serve(listener, router, door));
        }
        let labels = Arc::clone(&understand);
        if let Some(folder) = shared.config.intents.clone() {
            let (metrics, stop) = (shared.metrics.clone(), stop.clone());
            tasks.spawn(async move { understand::watch(understand, &folder, metrics, stop).await });
        }
        tasks.spawn(housekeeping(shared.clone()));
        let tally = shared.metrics.clone();
        let worker = outbox::Worker {
            store: shared.store.clone(),
            channels,
            config: Arc::clone(&shared.config),
            labels: Box::new(move |site, intent| {
                let intents = labels.site_intents(&site.id)?;
                Some(intents.intents.get(intent)?.label(&site.locale, &site.locale))
            }),
            staff: Arc::clone(&shared.staff),
            clock: shared.clock.clone(),
            wake,
            tally: Box::new(move |outcome| tally.delivery(outcome)),
            random: std::sync::Mutex::new(rand::make_rng()),
        };
        tasks.spawn(worker.run(stop.clone()));
        let router = http::router(shared.clone());
        let door = serve::Door::new(&shared, Arc::clone(&shared.limiter));
        tasks.spawn(serve::serve(listener, router, door));

        shutdown.await;
        tracing::info!("stopping: saying bye to visitors");
        stop.cancel();
        tasks.close();
        if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
            tracing::warn!("some connections did not end within {} s and are cut", DRAIN.as_secs());
        }
        shared.store.close().await;
        Ok(())
    }
}

/// Deletes conversations past their site's retention, and forgets addresses that have gone quiet.
async fn housekeeping(shared: Shared) {
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
        shared.limiter.forget_idle();
        if let Err(error) = store::leads::expire_held(&shared.store, shared.clock.now() - HELD_DAYS * DAY_MS).await {
            tracing::error!(error = %error, "old forms that were kept aside could not be deleted");
        }
        if let Err(error) = shared.staff.forget_ended().await {
            tracing::error!(error = %error, "sessions of staff that have ended could not be deleted");
        }
        for site in &shared.config.sites {
            let before = shared.clock.now() - Millis::from(site.retention_days) * DAY_MS;
            if let Err(error) = store::identities::expire(&shared.store, &site.id, before).await {
                tracing::error!(error = %error, site.id = %site.id, "old identities could not be forgotten");
            }
            match store::conversations::expire(&shared.store, &site.id, before).await {
                Ok(0) => {}
                Ok(expired) => {
                    tracing::info!(site.id = %site.id, "{expired} conversations were past their retention and are deleted")
                }
                Err(error) => {
                    tracing::error!(error = %error, site.id = %site.id, "old conversations could not be deleted")
                }
            }
        }
    }
}
