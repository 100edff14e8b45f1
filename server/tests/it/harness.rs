//! A whole server on a free port with its own database, and visitors who talk to it like a client does.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sidedoor::app::App;
use sidedoor::clock::Clock;
use sidedoor::config::{self, Config, Site};
use sidedoor::desk::{Desk, Input, NotTaken, Speaker};
use sidedoor::http::Shared;
use sidedoor::http::pace::Pace;
use sidedoor::id::{ClientId, ConversationId};
use sidedoor::store;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{Error, http};

/// The origin of the shop's own page.
pub const ORIGIN: &str = "https://shop.example";
/// The origin of the other brand on the same server.
pub const OTHER_ORIGIN: &str = "https://other.example";
/// Longer than anything here takes; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server of the test's own.
pub struct TestServer {
    pub address: SocketAddr,
    pub shared: Shared,
    folder: Arc<TempDir>,
    config: Config,
    pace: Pace,
    clock: Clock,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl TestServer {
    /// A server with the usual shop.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A server whose configuration the test changes first.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_paced(brisk(), change).await
    }

    /// A server that waits for other spans than usual.
    pub async fn start_paced(pace: Pace, change: impl FnOnce(&mut Config)) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let mut config = shop(folder.path());
        change(&mut config);
        Self::run(folder, config, pace, Clock::system()).await
    }

    /// A server whose time the test moves.
    pub async fn start_at(clock: Clock) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let config = shop(folder.path());
        Self::run(folder, config, brisk(), clock).await
    }

    async fn run(folder: Arc<TempDir>, config: Config, pace: Pace, clock: Clock) -> Self {
        let app = App::build_with(config.clone(), clock.clone(), None).await.unwrap().paced(pace);
        let shared = app.shared().clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let shutdown = async move {
                let _ = stopped.await;
            };
            app.run(listener, shutdown).await.unwrap();
        });
        Self { address, shared, folder, config, pace, clock, stop: Some(stop), running: Some(running) }
    }

    /// A visitor who has said hello over a WebSocket.
    pub async fn visitor(&self) -> Visitor {
        self.visitor_with(json!({})).await
    }

    /// A visitor whose hello holds these fields.
    pub async fn visitor_with(&self, hello: Value) -> Visitor {
        let mut visitor = Visitor::connect(self.address, "acme", Some(ORIGIN)).await.unwrap();
        visitor.say_hello(hello).await;
        visitor
    }

    /// The same visitor on another connection, having seen everything up to `after`.
    pub async fn again(&self, token: &str, after: i64) -> Visitor {
        self.visitor_with(json!({"visitor": token, "after": after})).await
    }

    /// Where its database is.
    pub fn database_url(&self) -> String {
        self.config.database_url.clone()
    }

    /// What is stored of a conversation.
    pub async fn stored(&self, id: ConversationId) -> Vec<sidedoor::model::Event> {
        store::conversations::events_after(&self.shared.store, id, 0, 100_000).await.unwrap().0
    }

    /// The mails that staff got, once the outbox is empty; newest last.
    pub async fn mails(&self) -> Vec<String> {
        let drained = async {
            while store::outbox::pending_count(&self.shared.store).await.unwrap() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, drained).await.expect("the outbox should be delivered");
        let mut files: Vec<PathBuf> = match std::fs::read_dir(self.folder.path().join("mail")) {
            Ok(entries) => entries
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|it| it == "eml"))
                .collect(),
            Err(_) => Vec::new(),
        };
        files.sort();
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }

    /// Stops the server as a signal would, and waits until it has.
    pub async fn stop(mut self) {
        self.mails().await;
        self.halt().await;
    }

    /// Tells the server to stop, without waiting.
    pub fn begin_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Waits until a server that was told to stop has stopped.
    pub async fn halt(&mut self) {
        self.begin_to_stop();
        if let Some(running) = self.running.take() {
            tokio::time::timeout(PATIENCE, running).await.expect("the server should stop").unwrap();
        }
    }

    /// Another server on the same database, as a second program would be.
    pub async fn beside(&self) -> Self {
        Self::run(Arc::clone(&self.folder), self.config.clone(), self.pace, self.clock.clone()).await
    }

    /// Another server on the same database, configured otherwise.
    pub async fn beside_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.config.clone();
        change(&mut config);
        Self::run(Arc::clone(&self.folder), config, self.pace, self.clock.clone()).await
    }

    /// Stops the server and starts it again on the same database.
    pub async fn restart(mut self) -> Self {
        self.halt().await;
        Self::run(Arc::clone(&self.folder), self.config.clone(), self.pace, self.clock.clone()).await
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let left_running = self.running.is_some() && !std::thread::panicking();
        assert!(!left_running, "end the test with server.stop(), which fails if mail is left over");
    }
}

/// The usual waits, but for visitors who are still there when their test ends: they do not close their side.
fn brisk() -> Pace {
    Pace { linger: Duration::from_millis(100), ..Pace::default() }
}

/// A small shop with a neighbour, limits out of the way, and mail written into files.
pub fn shop(folder: &Path) -> Config {
    let intents = folder.join("intents");
    std::fs::create_dir_all(&intents).unwrap();
    std::fs::write(intents.join("shop.toml"), include_str!("fixtures/shop.toml")).unwrap();
    let mut config = Config {
        database_url: format!("sqlite://{}", folder.join("sidedoor.db").display()),
        intents: Some(intents),
        sites: vec![site("acme", ORIGIN), site("other", OTHER_ORIGIN)],
        ..Config::default()
    };
    config.smtp = config::Smtp {
        url: format!("file://{}", folder.join("mail").display()),
        from: "Acme <chat@acme.example>".to_owned(),
    };
    config.public_url = "http://127.0.0.1".to_owned();
    config.limits.connects_per_minute = 1_000_000;
    config.limits.connections_per_address = 10_000;
    config.limits.frames_per_second = 1_000_000;
    config.limits.frame_burst = 1_000_000;
    config
}

fn site(id: &str, origin: &str) -> Site {
    let text = format!(
        "id = \"{id}\"\nname = \"{id} shop\"\norigins = [\"{origin}\"]\nlocale = \"en\"\ngreeting = \"Hi! Ask us anything.\"\n\
         staff = [\"sales@{id}.example\"]\n[[channel]]\nkind = \"whatsapp\"\nvalue = \"+15551234567\"\n"
    );
    toml::from_str(&text).unwrap()
}

/// A visitor's client on a WebSocket.
pub struct Visitor {
    pub socket: WebSocketStream<TcpStream>,
    pub welcome: Value,
    waiting: VecDeque<Value>,
}

impl Visitor {
    /// A connection on which nothing was said yet.
    pub async fn connect(address: SocketAddr, site: &str, origin: Option<&str>) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/v1/ws?site={site}").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", http::HeaderValue::from_static("sidedoor.v1"));
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (socket, response) = tokio_tungstenite::client_async(request, stream).await?;
        assert_eq!(response.headers()["sec-websocket-protocol"], "sidedoor.v1");
        Ok(Self { socket, welcome: Value::Null, waiting: VecDeque::new() })
    }

    /// Says hello and waits for the welcome.
    pub async fn say_hello(&mut self, fields: Value) {
        let mut hello = json!({"type": "hello", "visitor": null, "after": 0});
        hello.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.sends(hello).await;
        self.welcome = self.frame("welcome").await;
    }

    pub fn token(&self) -> &str {
        self.welcome["visitor"].as_str().unwrap()
    }

    pub fn conversation(&self) -> ConversationId {
        self.welcome["conversation"].as_str().unwrap().parse().unwrap()
    }

    /// Sends a frame as it is.
    pub async fn sends(&mut self, frame: Value) {
        self.sends_text(&frame.to_string()).await;
    }

    /// Sends a text as it is.
    pub async fn sends_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Says something and gives its ack.
    pub async fn says(&mut self, text: &str) -> Value {
        self.says_as(ClientId::new(), text).await
    }

    /// Says something under an id and gives its ack.
    pub async fn says_as(&mut self, id: ClientId, text: &str) -> Value {
        self.posts(json!({"type": "message", "id": id, "text": text})).await
    }

    /// Sends a frame that has an id and gives its ack.
    pub async fn posts(&mut self, frame: Value) -> Value {
        let answer = self.tries(frame.clone()).await;
        assert_eq!(answer["type"], "ack", "{frame} should be acknowledged, but: {answer}");
        answer
    }

    /// Sends a frame that has an id and gives its ack or its error.
    pub async fn tries(&mut self, mut frame: Value) -> Value {
        let object = frame.as_object_mut().unwrap();
        let id = object.entry("id").or_insert_with(|| json!(ClientId::new())).clone();
        self.sends(frame).await;
        self.next_where(|frame| (frame["type"] == "ack" || frame["type"] == "error") && frame["id"] == id).await
    }

    /// The next event.
    pub async fn hears(&mut self) -> Value {
        self.frame("event").await
    }

    /// The next events, up to the one of this `seq`.
    pub async fn hears_until(&mut self, seq: i64) -> Vec<Value> {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|event: &Value| event["seq"].as_i64().unwrap() < seq) {
            heard.push(self.hears().await);
        }
        heard
    }

    /// The next frame of a type.
    pub async fn frame(&mut self, kind: &str) -> Value {
        self.next_where(|frame| frame["type"] == kind).await
    }

    /// The next frame of any of these types.
    pub async fn first_of(&mut self, kinds: &[&str]) -> Value {
        self.next_where(|frame| kinds.contains(&frame["type"].as_str().unwrap())).await
    }

    /// The answer to a ping.
    pub async fn pong(&mut self, n: u32) -> Value {
        self.next_where(|frame| frame["type"] == "pong" && frame["n"] == n).await
    }

    async fn next_where(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(at).unwrap();
        }
        loop {
            let frame = self.read().await.expect("the connection should stay open");
            if wanted(&frame) {
                return frame;
            }
            self.waiting.push_back(frame);
        }
    }

    /// What was received and not asked for yet.
    pub fn unasked(&self) -> impl Iterator<Item = &Value> {
        self.waiting.iter()
    }

    /// The next frame whatever it is; the close code when the server closes.
    pub async fn read(&mut self) -> Result<Value, u16> {
        loop {
            match tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("the server should say something") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => return Err(close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(0),
            }
        }
    }

    /// Reads to the end and gives the close code, with the frames before it.
    pub async fn closed(&mut self) -> (u16, Vec<Value>) {
        let mut frames: Vec<Value> = self.waiting.drain(..).collect();
        loop {
            match self.read().await {
                Ok(frame) => frames.push(frame),
                Err(code) => return (code, frames),
            }
        }
    }

    /// Waits until the server has taken everything that was sent before.
    pub async fn settles(&mut self) {
        self.sends(json!({"type": "ping", "n": 77})).await;
        self.pong(77).await;
    }
}

/// Ana of the brand's staff says something; gives its `seq`.
pub async fn staff_says(desk: &Desk, conversation: ConversationId, text: &str) -> Result<i64, NotTaken> {
    let ana = Speaker::Staff { conversation, member: "ana", name: "Ana" };
    desk.take(ana, ClientId::new(), Input::Message(text)).await.map(|taken| taken.seq)
}

/// Ana closes a conversation.
pub async fn staff_closes(desk: &Desk, conversation: ConversationId) -> Result<(), NotTaken> {
    let ana = Speaker::Staff { conversation, member: "ana", name: "Ana" };
    desk.take(ana, ClientId::new(), Input::Close).await.map(drop)
}

/// The `seq`s of events, in the order in which they came.
pub fn seqs<'a>(events: impl IntoIterator<Item = &'a Value>) -> Vec<i64> {
    events.into_iter().map(|event| event["seq"].as_i64().unwrap()).collect()
}
