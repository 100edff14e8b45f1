//! What one address may use: connections from the moment they are accepted, visitors and leads. An IPv6 address counts by its /64.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use dashmap::DashMap;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use http::HeaderMap;
use ipnet::IpNet;
use tokio::sync::Notify;

use crate::config;

/// When an address that holds all it may is worth trying again.
const FULL_RETRY: Duration = Duration::from_secs(30);

/// Whom a limit counts: an IPv4 address, or the /64 that a household's IPv6 devices share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(IpAddr);

impl Address {
    /// The address that limits count for `ip`.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(v4) => Self(IpAddr::V4(v4)),
            IpAddr::V6(v6) => Self(IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)))),
        }
    }

    /// The address behind a request: the peer, or, where the peer is a trusted proxy, the last one in
    /// `X-Forwarded-For` that is not a trusted proxy itself. Anything to the left of it may be forged.
    #[must_use]
    pub fn behind(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let mut nearest = peer;
        if is_trusted(&peer, trusted) {
            let hops: Vec<&str> = headers
                .get_all("x-forwarded-for")
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','))
                .collect();
            for hop in hops.iter().rev() {
                let Ok(ip) = hop.trim().parse::<IpAddr>() else { break };
                nearest = ip;
                if !is_trusted(&ip, trusted) {
                    break;
                }
            }
        }
        Self::of(nearest)
    }
}

/// For limits that are counted elsewhere, and for the log of who opened what.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The limits of one server.
pub struct Limiter {
    connects: DefaultKeyedRateLimiter<Address>,
    leads: DefaultKeyedRateLimiter<Address>,
    held: DashMap<Address, Held>,
    open: AtomicUsize,
    listening: AtomicUsize,
    most_of_one: usize,
    most_in_all: usize,
}

/// What one address holds.
#[derive(Default)]
struct Held {
    open: usize,
    /// The connections that are no visitor's yet, oldest first: they make room where there is none.
    plain: Vec<Weak<Connection>>,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// This address has too many, or makes them too fast; try again after so long.
    Address(Duration),
    /// The server holds as many as it may.
    Server,
}

/// A connection that was accepted; counted until it is dropped.
pub struct Connection {
    limiter: Arc<Limiter>,
    /// None where a trusted proxy speaks for many.
    address: Option<Address>,
    evicted: Notify,
}

/// A visitor's place, by a WebSocket or a stream; it is freed on drop.
pub struct Place {
    connection: Arc<Connection>,
    /// The visitor's own address, where a proxy stands between.
    behind: Option<Address>,
}

impl Limiter {
    /// Limits as configured.
    #[must_use]
    pub fn new(limits: &config::Limits) -> Self {
        let rate = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            connects: DefaultKeyedRateLimiter::keyed(Quota::per_minute(rate(limits.connects_per_minute))),
            leads: DefaultKeyedRateLimiter::keyed(Quota::per_hour(rate(limits.leads_per_hour))),
            held: DashMap::new(),
            open: AtomicUsize::new(0),
            listening: AtomicUsize::new(0),
            most_of_one: limits.connections_per_address,
            most_in_all: limits.connections,
        }
    }

    /// Counts a connection from `peer` on, whatever it will be used for. Where there is no room, the address's oldest connection
    /// that is no visitor's has to go: so that silent ones shut out nobody who shares the address.
    ///
    /// # Errors
    /// [`Refused`] says who has too many.
    pub fn accept(self: &Arc<Self>, peer: IpAddr, trusted: &[IpNet]) -> Result<Arc<Connection>, Refused> {
        let address = (!is_trusted(&peer, trusted)).then(|| Address::of(peer));
        let connection = || Arc::new(Connection { limiter: Arc::clone(self), address, evicted: Notify::new() });
        let is_full = self.open.load(Ordering::Relaxed) >= self.most_in_all;
        let accepted = match address {
            None if is_full => return Err(Refused::Server),
            None => connection(),
            Some(address) => {
                let mut held = self.held.entry(address).or_default();
                let has_most = held.open >= self.most_of_one;
                if (has_most || is_full) && !held.evict_oldest() {
                    let is_idle = held.open == 0;
                    drop(held);
                    if is_idle {
                        self.held.remove_if(&address, |_, held| held.open == 0);
                    }
                    return Err(if has_most { Refused::Address(FULL_RETRY) } else { Refused::Server });
                }
                let accepted = connection();
                held.open += 1;
                held.plain.push(Arc::downgrade(&accepted));
                accepted
            }
        };
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(accepted)
    }

    /// Gives a visitor of `address` a place on their connection.
    ///
    /// # Errors
    /// [`Refused::Address`] when the address has too many, or makes them too fast.
    pub fn connect(&self, connection: &Arc<Connection>, address: Address) -> Result<Place, Refused> {
        self.attempt(address)?;
        let behind = if connection.address == Some(address) {
            connection.keep();
            None
        } else {
            let mut held = self.held.entry(address).or_default();
            if held.open >= self.most_of_one {
                return Err(Refused::Address(FULL_RETRY));
            }
            held.open += 1;
            Some(address)
        };
        self.listening.fetch_add(1, Ordering::Relaxed);
        Ok(Place { connection: Arc::clone(connection), behind })
    }

    /// Counts one attempt to connect by `address` that holds no place afterwards (`POST /v1/hello`).
    ///
    /// # Errors
    /// [`Refused::Address`] when there are too many of them.
    pub fn attempt(&self, address: Address) -> Result<(), Refused> {
        check(&self.connects, address).map_err(Refused::Address)
    }

    /// Counts one lead by `address`.
    ///
    /// # Errors
    /// How long to wait, when there are too many of them.
    pub fn lead(&self, address: Address) -> Result<(), Duration> {
        check(&self.leads, address)
    }

    /// How many visitors have a place.
    #[must_use]
    pub fn listening(&self) -> usize {
        self.listening.load(Ordering::Relaxed)
    }

    /// Frees one of the address's places.
    fn free(&self, address: Address) {
        self.held.remove_if_mut(&address, |_, held| {
            held.open -= 1;
            held.open == 0
        });
    }

    /// Forgets addresses that have not been heard of for as long as their quota needs to fill up again.
    pub fn forget_idle(&self) {
        self.connects.retain_recent();
        self.connects.shrink_to_fit();
        self.leads.retain_recent();
        self.leads.shrink_to_fit();
    }
}

fn is_trusted(ip: &IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&ip.to_canonical()))
}

fn check(limiter: &DefaultKeyedRateLimiter<Address>, address: Address) -> Result<(), Duration> {
    limiter.check_key(&address).map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
}

impl Held {
    /// Ends the oldest connection that is no visitor's; says whether there was one.
    fn evict_oldest(&mut self) -> bool {
        while !self.plain.is_empty() {
            if let Some(oldest) = self.plain.remove(0).upgrade() {
                oldest.evicted.notify_one();
                return true;
            }
        }
        false
    }

    fn forget(&mut self, connection: *const Connection) {
        self.plain.retain(|plain| plain.as_ptr() != connection);
        if self.plain.is_empty() {
            // Visitors are many: an address without a plain connection pays for no list.
            self.plain = Vec::new();
        }
    }
}

impl Connection {
    /// Resolves when the connection has to make room.
    pub async fn evicted(&self) {
        self.evicted.notified().await;
    }

    /// It is a visitor's from now on and makes room for nobody.
    fn keep(&self) {
        if let Some(mut held) = self.address.and_then(|address| self.limiter.held.get_mut(&address)) {
            held.forget(self);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.keep();
        self.limiter.open.fetch_sub(1, Ordering::Relaxed);
        if let Some(address) = self.address {
            self.limiter.free(address);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let limiter = &self.connection.limiter;
        limiter.listening.fetch_sub(1, Ordering::Relaxed);
        if let Some(address) = self.behind {
            limiter.free(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn behind(peer: &str, forwarded: &[&str]) -> Address {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        Address::behind(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()])
    }

    fn address(ip: &str) -> Address {
        Address::of(ip.parse().unwrap())
    }

    #[test]
    fn a_forwarded_address_is_believed_only_from_a_trusted_proxy() {
        assert_eq!(behind("203.0.113.9", &["198.51.100.1"]), address("203.0.113.9"));
        assert_eq!(behind("10.0.0.1", &["198.51.100.1"]), address("198.51.100.1"));
        assert_eq!(behind("::ffff:10.0.0.1", &["198.51.100.1"]), address("198.51.100.1"));
    }

    #[test]
    fn what_a_visitor_wrote_into_the_header_itself_is_not_believed() {
        assert_eq!(behind("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.2.2.2"]), address("198.51.100.1"));
        assert_eq!(behind("10.0.0.1", &["1.1.1.1", "198.51.100.1"]), address("198.51.100.1"));
        assert_eq!(behind("10.0.0.1", &["198.51.100.1, nonsense"]), address("10.0.0.1"));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_count_as_one() {
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
    }

    fn limiter(connections: usize, connections_per_address: usize) -> Arc<Limiter> {
        let limits = config::Limits { connections, connections_per_address, ..config::Limits::default() };
        Arc::new(Limiter::new(&limits))
    }

    fn accept(limiter: &Arc<Limiter>, ip: &str) -> Result<Arc<Connection>, Refused> {
        limiter.accept(ip.parse().unwrap(), &["10.0.0.0/8".parse().unwrap()])
    }

    /// A visitor's connection, with its place.
    fn visitor(limiter: &Arc<Limiter>, ip: &str) -> Result<Place, Refused> {
        let connection = accept(limiter, ip)?;
        limiter.connect(&connection, address(ip))
    }

    fn is_evicted(connection: &Connection) -> bool {
        connection.evicted().now_or_never().is_some()
    }

    #[test]
    fn a_place_is_free_again_when_its_connection_ends() {
        let limiter = limiter(3, 2);

        let first = visitor(&limiter, "192.0.2.1").ok();
        let _second = visitor(&limiter, "192.0.2.1").ok();
        let third = visitor(&limiter, "192.0.2.1").err();
        let _neighbour = visitor(&limiter, "192.0.2.2").ok();
        let in_all = visitor(&limiter, "192.0.2.3").err();
        drop(first);

        assert!(matches!(third, Some(Refused::Address(_))));
        assert_eq!(in_all, Some(Refused::Server));
        assert!(visitor(&limiter, "192.0.2.1").is_ok());
        assert_eq!(limiter.listening(), 2);
    }

    #[test]
    fn silent_connections_make_room_for_a_neighbour_and_visitors_do_not() {
        let limiter = limiter(100, 3);
        let _visitor = visitor(&limiter, "192.0.2.1").ok();
        let silent = [accept(&limiter, "192.0.2.1").unwrap(), accept(&limiter, "192.0.2.1").unwrap()];

        let neighbour = visitor(&limiter, "192.0.2.1");

        assert!(neighbour.is_ok());
        assert!(is_evicted(&silent[0]), "the oldest goes");
        assert!(!is_evicted(&silent[1]));
    }

    #[test]
    fn every_connection_counts_whatever_it_is_used_for() {
        let limiter = limiter(2, 10);
        let _held = [accept(&limiter, "192.0.2.1").ok(), accept(&limiter, "192.0.2.1").ok()];

        assert_eq!(accept(&limiter, "192.0.2.2").err(), Some(Refused::Server));
        assert_eq!(accept(&limiter, "10.0.0.1").err(), Some(Refused::Server));
        assert!(accept(&limiter, "192.0.2.1").is_ok(), "an address makes room for itself");
    }

    #[test]
    fn a_proxy_is_not_counted_as_an_address_and_who_is_behind_it_is() {
        let limiter = limiter(100, 1);
        let behind = |ip: &str| limiter.connect(&accept(&limiter, "10.0.0.1").unwrap(), address(ip));

        let _first = behind("192.0.2.1").ok();

        assert!(matches!(behind("192.0.2.1"), Err(Refused::Address(_))));
        assert!(behind("192.0.2.2").is_ok());
    }

    #[test]
    fn what_has_ended_leaves_nothing_behind() {
        let limiter = limiter(100, 10);

        drop(accept(&limiter, "192.0.2.1"));
        drop(visitor(&limiter, "192.0.2.2"));

        assert!(limiter.held.is_empty());
        assert_eq!(limiter.open.load(Ordering::Relaxed), 0);
    }
}
