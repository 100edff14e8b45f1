//! What one address may use: open connections, new connections and leads. An IPv6 address counts by its /64.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use http::HeaderMap;
use ipnet::IpNet;

use crate::config;

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
        let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(&ip.to_canonical()));
        let mut nearest = peer;
        if is_trusted(&peer) {
            let hops: Vec<&str> = headers
                .get_all("x-forwarded-for")
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','))
                .collect();
            for hop in hops.iter().rev() {
                let Ok(ip) = hop.trim().parse::<IpAddr>() else { break };
                nearest = ip;
                if !is_trusted(&ip) {
                    break;
                }
            }
        }
        Self::of(nearest)
    }
}

/// The limits of one server.
pub struct Limiter {
    connects: DefaultKeyedRateLimiter<Address>,
    leads: DefaultKeyedRateLimiter<Address>,
    open: DashMap<Address, usize>,
    open_in_all: AtomicUsize,
    most_of_one: usize,
    most_in_all: usize,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// This address has too many, or makes them too fast; try again after so long.
    Address(Duration),
    /// The server holds as many as it may.
    Server,
}

/// An open connection's place; it is freed on drop.
pub struct Place {
    limiter: Arc<Limiter>,
    address: Address,
}

impl Limiter {
    /// Limits as configured.
    #[must_use]
    pub fn new(limits: &config::Limits) -> Self {
        let rate = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            connects: DefaultKeyedRateLimiter::keyed(Quota::per_minute(rate(limits.connects_per_minute))),
            leads: DefaultKeyedRateLimiter::keyed(Quota::per_hour(rate(limits.leads_per_hour))),
            open: DashMap::new(),
            open_in_all: AtomicUsize::new(0),
            most_of_one: limits.connections_per_address,
            most_in_all: limits.connections,
        }
    }

    /// Takes a place for one more connection of `address`.
    ///
    /// # Errors
    /// [`Refused`] says who has too many.
    pub fn connect(self: &Arc<Self>, address: Address) -> Result<Place, Refused> {
        self.attempt(address)?;
        if self.open_in_all.fetch_add(1, Ordering::Relaxed) >= self.most_in_all {
            self.open_in_all.fetch_sub(1, Ordering::Relaxed);
            return Err(Refused::Server);
        }
        let mut open = self.open.entry(address).or_insert(0);
        if *open >= self.most_of_one {
            self.open_in_all.fetch_sub(1, Ordering::Relaxed);
            return Err(Refused::Address(Duration::from_secs(30)));
        }
        *open += 1;
        drop(open);
        Ok(Place { limiter: Arc::clone(self), address })
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

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open_in_all.load(Ordering::Relaxed)
    }

    /// Forgets addresses that have not been heard of for as long as their quota needs to fill up again.
    pub fn forget_idle(&self) {
        self.connects.retain_recent();
        self.connects.shrink_to_fit();
        self.leads.retain_recent();
        self.leads.shrink_to_fit();
    }
}

fn check(limiter: &DefaultKeyedRateLimiter<Address>, address: Address) -> Result<(), Duration> {
    limiter.check_key(&address).map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
}

impl Drop for Place {
    fn drop(&mut self) {
        self.limiter.open_in_all.fetch_sub(1, Ordering::Relaxed);
        self.limiter.open.remove_if_mut(&self.address, |_, open| {
            *open -= 1;
            *open == 0
        });
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_place_is_free_again_when_its_connection_ends() {
        let limits = config::Limits { connections: 3, connections_per_address: 2, ..config::Limits::default() };
        let limiter = Arc::new(Limiter::new(&limits));

        let first = limiter.connect(address("192.0.2.1")).ok();
        let _second = limiter.connect(address("192.0.2.1")).ok();
        let third = limiter.connect(address("192.0.2.1")).err();
        let _neighbour = limiter.connect(address("192.0.2.2")).ok();
        let in_all = limiter.connect(address("192.0.2.3")).err();
        drop(first);

        assert!(matches!(third, Some(Refused::Address(_))));
        assert_eq!(in_all, Some(Refused::Server));
        assert!(limiter.connect(address("192.0.2.1")).is_ok());
    }
}
