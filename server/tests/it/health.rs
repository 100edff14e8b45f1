//! What supervisors, load balancers and strangers are told of a server.

use tokio::net::TcpListener;

use crate::harness::TestServer;
use crate::http::call;

/// A server with an address for those who run it.
async fn watched() -> (TestServer, std::net::SocketAddr) {
    let private = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = TestServer::start_with(|config| config.metrics_listen = Some(private.to_string())).await;
    (server, private)
}

#[tokio::test]
async fn a_server_that_is_ready_says_so_in_public_and_counts_in_private() {
    let (server, private) = watched().await;
    server.visitor().await.says("hi").await;

    let alive = call(server.address, "GET", "/healthz", &[], "").await;
    let ready = call(server.address, "GET", "/readyz", &[], "").await;
    let metrics = call(private, "GET", "/metrics", &[], "").await;

    assert_eq!((alive.status.as_u16(), alive.body.as_str()), (200, "ok\n"));
    assert_eq!((ready.status.as_u16(), &ready.json()["ready"]), (200, &true.into()));
    assert!(metrics.headers["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    assert!(metrics.body.contains("sidedoor_turns_total 1"), "{}", metrics.body);
    assert_eq!(call(server.address, "GET", "/metrics", &[], "").await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_in_detail_only_in_private() {
    let (mut server, private) = watched().await;
    server.shared.store.clone().close().await;

    let public = call(server.address, "GET", "/readyz", &[], "").await;
    let detailed = call(private, "GET", "/readyz", &[], "").await;

    assert_eq!((public.status.as_u16(), detailed.status.as_u16()), (503, 503));
    assert_eq!(
        public.json(),
        serde_json::json!({"ready": false, "database": "unavailable", "intents": "ok", "draining": false})
    );
    assert!(detailed.json()["database"].as_str().unwrap().len() > "unavailable".len());
    server.halt().await;
}
