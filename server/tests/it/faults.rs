//! What goes wrong between a client and the server: broken frames, floods, silence, stops and kills.

use std::collections::HashMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sidedoor::clock::Clock;
use sidedoor::http::pace::Pace;
use sidedoor::id::{ClientId, ConversationId};
use sidedoor::store::{self, Store};
use sqlx::Connection as _;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::protocol::Message;

use crate::harness::{ORIGIN, TestServer, Visitor, shop, staff_says};
use crate::http::Caller;

/// A frame's bytes as a client sends them: masked with zeros, which leaves the payload readable.
fn raw(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        len @ 0..126 => bytes.push(0x80 | u8::try_from(len).unwrap()),
        len @ 126..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(len).unwrap().to_be_bytes());
        }
        len => {
            bytes.push(0x80 | 127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

const TEXT: u8 = 0x81;
const TEXT_BEGINS: u8 = 0x01;
const CONTINUES: u8 = 0x00;

/// Sends bytes past the WebSocket library and gives the close code and the frames before it.
async fn after_raw(server: &TestServer, bytes: &[u8]) -> (u16, Vec<Value>) {
    let mut visitor = server.visitor().await;
    // The server may hang up while we still write.
    let _ = visitor.socket.get_mut().write_all(bytes).await;
    visitor.closed().await
}

#[tokio::test]
async fn a_frame_of_16_kib_is_taken_and_one_byte_more_closes_with_1009() {
    let server = TestServer::start().await;
    let mut visitor = server.visitor().await;
    let frame = |bytes: usize| {
        let padding = bytes - json!({"type": "ping", "n": 7, "x": ""}).to_string().len();
        json!({"type": "ping", "n": 7, "x": "x".repeat(padding)}).to_string()
    };

    visitor.sends_text(&frame(16_384)).await;
    assert_eq!(visitor.frame("pong").await["n"], 7);
    visitor.sends_text(&frame(16_385)).await;
    let (code, frames) = visitor.closed().await;

    assert_eq!(code, 1009);
    assert_eq!(frames.last().unwrap()["code"], "too_large");
    server.stop().await;
}

#[tokio::test]
async fn a_huge_frame_closes_with_1009_although_most_of_it_is_never_read() {
    let server = TestServer::start().await;

    let (code, _) = after_raw(&server, &raw(TEXT, &vec![b'x'; 700_000])).await;

    assert_eq!(code, 1009);
    server.stop().await;
}

#[tokio::test]
async fn fragments_count_as_the_message_they_make() {
    let server = TestServer::start().await;
    let text = json!({"type": "ping", "n": 5}).to_string();
    let mut whole = raw(TEXT_BEGINS, &text.as_bytes()[..3]);
    for byte in &text.as_bytes()[3..text.len() - 1] {
        whole.extend(raw(CONTINUES, &[*byte]));
    }
    whole.extend(raw(0x80, &text.as_bytes()[text.len() - 1..]));
    let mut too_much = raw(TEXT_BEGINS, b"x");
    for _ in 0..10_000 {
        too_much.extend(raw(CONTINUES, b"xx"));
    }

    let mut visitor = server.visitor().await;
    visitor.socket.get_mut().write_all(&whole).await.unwrap();

    assert_eq!(visitor.frame("pong").await["n"], 5);
    assert_eq!(after_raw(&server, &too_much).await.0, 1009);
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_utf8_text_gets_the_close_code_that_says_so() {
    let server = TestServer::start().await;

    assert_eq!(after_raw(&server, &raw(TEXT, b"{\"type\":\"\xff\xfe\"}")).await.0, 1007);
    assert_eq!(after_raw(&server, &raw(0x82, b"binary")).await.0, 1003);
    assert_eq!(after_raw(&server, &[TEXT, 2, b'{', b'}']).await.0, 1002, "unmasked");
    assert_eq!(after_raw(&server, &raw(TEXT | 0x40, b"{}")).await.0, 1002, "a reserved bit");
    assert_eq!(after_raw(&server, &raw(CONTINUES, b"{}")).await.0, 1002, "continues nothing");
    assert_eq!(after_raw(&server, &raw(0x89, &[0; 126])).await.0, 1002, "a control frame that is too long");
    server.stop().await;
}

#[tokio::test]
async fn repeated_bad_frames_close_with_4400_and_good_ones_between_forgive() {
    let server = TestServer::start().await;
    let mut forgiven = server.visitor().await;
    let mut stubborn = server.visitor().await;

    for _ in 0..12 {
        forgiven.sends_text("{").await;
        assert_eq!(forgiven.frame("error").await["code"], "bad_frame");
        forgiven.settles().await;
    }
    for _ in 0..5 {
        stubborn.sends_text("no frame").await;
    }
    let (code, frames) = stubborn.closed().await;

    assert_eq!(code, 4400);
    assert_eq!(frames.iter().filter(|frame| frame["code"] == "bad_frame").count(), 5);
    server.stop().await;
}

#[tokio::test]
async fn haste_is_refused_with_a_wait_and_a_flood_closes_with_4429() {
    let server = TestServer::start_with(|config| {
        config.limits.frames_per_second = 1;
        config.limits.frame_burst = 3;
    })
    .await;
    let mut visitor = server.visitor().await;
    let id = ClientId::new();

    visitor.settles().await;
    visitor.settles().await;
    let refused = visitor.tries(json!({"type": "message", "id": id, "text": "hi"})).await;
    for n in 0..200 {
        if visitor.socket.send(Message::text(json!({"type": "ping", "n": n}).to_string())).await.is_err() {
            break;
        }
    }
    let (code, _) = visitor.closed().await;

    assert_eq!((&refused["code"], &refused["id"]), (&json!("rate_limited"), &json!(id)));
    assert!((1..=1_000).contains(&refused["retry_after_ms"].as_u64().unwrap()));
    assert!(server.stored(visitor.conversation()).await.is_empty(), "a refused message is not stored");
    assert_eq!(code, 4429);
    server.stop().await;
}

#[tokio::test]
async fn a_flood_of_pings_is_a_flood() {
    let server = TestServer::start_with(|config| {
        config.limits.frames_per_second = 1;
        config.limits.frame_burst = 3;
    })
    .await;

    let (code, _) = after_raw(&server, &raw(0x89, b"?").repeat(100)).await;

    assert_eq!(code, 4429);
    server.stop().await;
}

/// Waits that a test can wait for.
fn hurried() -> Pace {
    let ms = Duration::from_millis;
    Pace {
        head: ms(300),
        body: ms(300),
        hello: ms(150),
        ping: ms(100),
        pong: ms(150),
        send: ms(300),
        write: ms(300),
        linger: ms(300),
    }
}

#[tokio::test]
async fn who_does_not_say_hello_is_closed_with_4408() {
    let server = TestServer::start_paced(hurried(), |_| {}).await;
    let mut silent = Visitor::connect(server.address, "acme", Some(ORIGIN)).await.unwrap();
    let mut babbling = Visitor::connect(server.address, "acme", Some(ORIGIN)).await.unwrap();
    babbling.settles().await;

    assert_eq!(silent.closed().await.0, 4408);
    assert_eq!(babbling.closed().await.0, 4408, "a ping is no hello");
    server.stop().await;
}

#[tokio::test]
async fn who_answers_no_ping_is_closed_with_4408_and_who_does_stays() {
    let server = TestServer::start_paced(hurried(), |_| {}).await;
    let mut dead = server.visitor().await;
    let mut alive = server.visitor().await;

    // A client that reads answers pings by itself; one that only looks at the bytes does not.
    let mut pings = 0;
    while pings < 4 {
        match alive.socket.next().await.unwrap().unwrap() {
            Message::Ping(_) => pings += 1,
            other => panic!("{other:?}"),
        }
        alive.socket.flush().await.unwrap();
    }
    let (code, _) = dead.closed().await;

    assert_eq!(code, 4408);
    alive.settles().await;
    server.stop().await;
}

/// Staff say more than the kernel's buffers of both sides hold, until a connection less is open; the visitor hears it all.
async fn talk_until_one_is_let_go(server: &TestServer, visitor: &mut Visitor) {
    let open = server.shared.limiter.listening();
    let mut said = 0;
    while server.shared.limiter.listening() == open {
        staff_says(&server.shared.desk, visitor.conversation(), &"x".repeat(4_000)).await.unwrap();
        said += 1;
        visitor.hears().await;
        assert!(said < 20_000, "the stuck client should have been let go");
    }
}

#[tokio::test]
async fn a_client_that_never_reads_is_let_go_and_holds_nobody_up() {
    let server = TestServer::start_paced(Pace { ping: Duration::from_secs(25), ..hurried() }, |_| {}).await;
    let mut visitor = server.visitor().await;
    visitor.says("hi").await;
    let stuck = server.again(visitor.token(), 0).await;

    talk_until_one_is_let_go(&server, &mut visitor).await;

    drop(stuck);
    server.stop().await;
}

#[tokio::test]
async fn a_stream_that_is_never_read_is_let_go_and_holds_nobody_up() {
    let server = TestServer::start_paced(Pace { ping: Duration::from_secs(25), ..hurried() }, |_| {}).await;
    let mut visitor = server.visitor().await;
    visitor.says("hi").await;
    let caller = Caller { address: server.address, token: visitor.token().to_owned(), welcome: Value::Null };
    let before = server.shared.limiter.listening();
    let stuck = caller.listens(0, &[]).await;
    assert_eq!(server.shared.limiter.listening(), before + 1);

    talk_until_one_is_let_go(&server, &mut visitor).await;

    drop(stuck);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_says_bye_closes_with_1001_and_loses_nothing_acknowledged() {
    const VISITORS: usize = 40;
    let mut server = TestServer::start().await;
    let mut busy = Vec::new();
    for _ in 0..VISITORS {
        let mut visitor = server.visitor().await;
        visitor.says("hi").await;
        busy.push(tokio::spawn(async move {
            let mut acked = Vec::new();
            loop {
                let id = ClientId::new();
                let frame = json!({"type": "message", "id": id, "text": "how long does shipping take"}).to_string();
                if visitor.socket.send(Message::text(frame)).await.is_err() {
                    break;
                }
                let (mut bye, mut code) = (None, None);
                loop {
                    match visitor.read().await {
                        Ok(frame) if frame["type"] == "ack" => {
                            acked.push((frame["id"].as_str().unwrap().to_owned(), frame["seq"].as_i64().unwrap()));
                            break;
                        }
                        Ok(frame) if frame["type"] == "bye" => bye = Some(frame),
                        Ok(_) => {}
                        Err(closed) => {
                            code = Some(closed);
                            break;
                        }
                    }
                }
                if let Some(code) = code {
                    return (visitor.conversation(), acked, bye, code);
                }
            }
            panic!("the server should close first");
        }));
    }
    // Every visitor is in the middle of something by now.
    server.visitor().await.says("hi").await;

    server.begin_to_stop();
    let mut ended = Vec::new();
    for visitor in busy {
        ended.push(visitor.await.unwrap());
    }
    server.halt().await;

    let store = Store::open(&server.shared.config.database_url, Clock::system()).await.unwrap();
    for (conversation, acked, bye, code) in ended {
        let bye = bye.expect("a bye comes before the close");
        assert_eq!((code, &bye["reason"]), (1001, &json!("restarting")));
        assert!(bye["retry_after_ms"].as_u64().unwrap() > 0);
        check(&store, conversation, &acked).await;
    }
    store.close().await;
}

#[tokio::test]
async fn a_stop_ends_streams_with_bye_and_takes_no_new_visitor() {
    let mut server = TestServer::start().await;
    let caller = crate::http::Caller::hello(server.address, json!({})).await;
    let mut stream = caller.listens(0, &[]).await;
    let mut visitor = server.visitor().await;

    server.begin_to_stop();
    let (id, bye) = stream.next().await.unwrap();
    let end = stream.next().await;
    let (code, _) = visitor.closed().await;

    assert_eq!((id, &bye["type"]), (None, &json!("bye")));
    assert_eq!(end, None);
    assert_eq!(code, 1001);
    assert!(Visitor::connect(server.address, "acme", Some(ORIGIN)).await.is_err());
    server.halt().await;
}

/// Nothing acknowledged is missing, doubled or out of its place, and no `seq` is missing.
async fn check(store: &Store, conversation: ConversationId, acked: &[(String, i64)]) {
    let (events, _) = store::conversations::events_after(store, conversation, 0, 1_000_000).await.unwrap();
    let seqs: Vec<i64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=i64::try_from(events.len()).unwrap()).collect::<Vec<_>>(), "{conversation}: a gap");
    let mut stored: HashMap<String, Vec<i64>> = HashMap::new();
    for event in &events {
        if let Some(id) = event.client_id {
            stored.entry(id.to_string()).or_default().push(event.seq);
        }
    }
    for (id, at) in &stored {
        assert_eq!(at.len(), 1, "{conversation}: {id} is stored {} times", at.len());
    }
    for (id, seq) in acked {
        assert_eq!(stored.get(id), Some(&vec![*seq]), "{conversation}: {id} was acknowledged as {seq}");
    }
}

/// The real program, killed without warning.
struct Killed {
    address: SocketAddr,
    config: std::path::PathBuf,
    child: Child,
}

impl Killed {
    async fn start(config: std::path::PathBuf, address: SocketAddr) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_sidedoor"))
            .args(["serve", "--config"])
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { address, config, child };
        server.ready().await;
        server
    }

    async fn ready(&self) {
        let ready = async {
            while tokio::net::TcpStream::connect(self.address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), ready).await.expect("the server should be ready again");
    }

    async fn kill_and_restart(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        Self::start(self.config.clone(), self.address).await
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Talks on and on, sends again what was not acknowledged, and comes back after each kill.
async fn talk(
    address: SocketAddr,
    mut stop: tokio::sync::watch::Receiver<bool>,
) -> (ConversationId, Vec<(String, i64)>) {
    let (mut token, mut conversation, mut acked, mut pending) = (Value::Null, None, Vec::new(), None);
    while !*stop.borrow() || acked.is_empty() {
        let Ok(mut visitor) = Visitor::connect(address, "acme", Some(ORIGIN)).await else {
            tokio::task::yield_now().await;
            continue;
        };
        let hello = json!({"type": "hello", "visitor": token, "after": 0}).to_string();
        if visitor.socket.send(Message::text(hello)).await.is_err() {
            continue;
        }
        let mut ready = false;
        loop {
            if ready {
                let id = *pending.get_or_insert_with(ClientId::new);
                if *stop.borrow_and_update() && acked.last().is_some() {
                    return (conversation.unwrap(), acked);
                }
                let frame = json!({"type": "message", "id": id, "text": "how long does shipping take"}).to_string();
                if visitor.socket.send(Message::text(frame)).await.is_err() {
                    break;
                }
                ready = false;
            }
            match visitor.read().await {
                Ok(frame) if frame["type"] == "welcome" => {
                    token = frame["visitor"].clone();
                    let opened: ConversationId = frame["conversation"].as_str().unwrap().parse().unwrap();
                    assert!(acked.is_empty() || conversation == Some(opened), "the token opens the same conversation");
                    conversation = Some(opened);
                    ready = true;
                }
                Ok(frame) if frame["type"] == "ack" => {
                    acked.push((frame["id"].as_str().unwrap().to_owned(), frame["seq"].as_i64().unwrap()));
                    pending = None;
                    ready = true;
                }
                Ok(frame) if frame["type"] == "error" => ready = true,
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }
    (conversation.unwrap(), acked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_under_load_lose_and_double_nothing_acknowledged() {
    const KILLS: u64 = 50;
    const VISITORS: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut config = shop(folder.path());
    config.listen = address.to_string();
    let file = folder.path().join("sidedoor.toml");
    let text = toml::to_string(&config).unwrap();
    std::fs::File::create(&file).unwrap().write_all(text.as_bytes()).unwrap();
    let mut server = Killed::start(file, address).await;

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let visitors: Vec<_> = (0..VISITORS).map(|_| tokio::spawn(talk(address, stopped.clone()))).collect();
    for kill in 0..KILLS {
        // Spread over a second's worth of turns, commits and checkpoints.
        tokio::time::sleep(Duration::from_millis(20 + (kill * 37) % 90)).await;
        server = server.kill_and_restart().await;
    }
    stop.send(true).unwrap();
    let mut all = Vec::new();
    for visitor in visitors {
        all.push(tokio::time::timeout(Duration::from_secs(30), visitor).await.unwrap().unwrap());
    }
    drop(server);

    let store = Store::open(&config.database_url, Clock::system()).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("sidedoor.db"));
    let mut database = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let integrity: String = sqlx::query_scalar("pragma integrity_check").fetch_one(&mut database).await.unwrap();
    assert_eq!(integrity, "ok");
    database.close().await.unwrap();
    for (conversation, acked) in &all {
        assert!(!acked.is_empty());
        check(&store, *conversation, acked).await;
    }
    store.close().await;
}
