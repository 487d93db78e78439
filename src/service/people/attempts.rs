//! Wrong passwords, counted three ways, so that nobody can guess for long and strangers cannot lock anybody out.
//!
//! | counted | most in a quarter of an hour | against |
//! |---|---|---|
//! | one name from one address | 10 | guessing |
//! | one name from all addresses | 50 | guessing with many machines |
//! | one address, all names | 100 | trying one password on everybody, and floods |
//!
//! **Invariant:** where somebody has signed in from an address before, only the first count applies to that pair: other
//! people's wrong passwords never lock a person out of a known address.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::domain::Timestamp;

/// Wrong passwords that one name may collect from one address within [`SECONDS`].
pub const PER_PAIR: u32 = 10;
/// ... one name from all addresses that do not know it.
pub const PER_NAME: u32 = 50;
/// ... one address with all names that it does not know.
pub const PER_ADDRESS: u32 = 100;
/// The window over which wrong passwords are counted.
pub const SECONDS: i64 = 15 * 60;
/// How long an address stays known.
const KNOWN_SECONDS: i64 = 30 * 24 * 3600;
/// With more entries than this, expired ones are swept.
const ROOM: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Counted {
    Pair(String, String),
    Name(String),
    Address(String),
}

impl Counted {
    fn most(&self) -> u32 {
        match self {
            Self::Pair(..) => PER_PAIR,
            Self::Name(_) => PER_NAME,
            Self::Address(_) => PER_ADDRESS,
        }
    }
}

/// The counts, and the known addresses.
#[derive(Debug)]
pub(in crate::service) struct Attempts {
    counts: HashMap<Counted, (Timestamp, u32)>,
    /// Name and address, and when they last signed in together.
    known: HashMap<(String, String), Timestamp>,
    sweep_at: usize,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { counts: HashMap::new(), known: HashMap::new(), sweep_at: ROOM }
    }
}

impl Attempts {
    pub(in crate::service) fn is_known(&self, name: &str, address: &str, now: Timestamp) -> bool {
        let seen = self.known.get(&(folded(name), place(address)));
        seen.is_some_and(|seen| now.seconds_since(*seen) < KNOWN_SECONDS as f64)
    }

    /// How long to wait before another password for `name` from `address` is checked, in seconds.
    pub(in crate::service) fn must_wait(&self, name: &str, address: &str, now: Timestamp) -> Option<i64> {
        let left = |counted: &Counted| {
            let (since, count) = self.counts.get(counted)?;
            let left = SECONDS - now.seconds_since(*since) as i64;
            (*count >= counted.most() && left > 0).then_some(left)
        };
        self.counted(name, address, now).iter().filter_map(left).max()
    }

    /// Count a password that is about to be checked, before it is checked: parallel guesses cannot slip past.
    pub(in crate::service) fn count(&mut self, name: &str, address: &str, now: Timestamp) {
        let over = |since: Timestamp| now.seconds_since(since) >= SECONDS as f64;
        if self.counts.len() >= self.sweep_at {
            self.counts.retain(|_, (since, _)| !over(*since));
            // Swept when it has doubled: a flood costs the same for each of its entries.
            self.sweep_at = ROOM.max(2 * self.counts.len());
        }
        for counted in self.counted(name, address, now) {
            let entry = self.counts.entry(counted).or_insert((now, 0));
            if over(entry.0) {
                *entry = (now, 0);
            }
            entry.1 += 1;
        }
    }

    /// Uncount a password that was not checked because too many others waited.
    pub(in crate::service) fn uncount(&mut self, name: &str, address: &str, now: Timestamp) {
        for counted in self.counted(name, address, now) {
            if let Some((_, count)) = self.counts.get_mut(&counted) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// The right password: earlier wrong ones of the same person at the same address were slips.
    pub(in crate::service) fn forgive(&mut self, name: &str, address: &str, now: Timestamp) {
        let pair = Counted::Pair(folded(name), place(address));
        let slips = self.counts.remove(&pair).map_or(0, |(_, count)| count);
        for counted in [Counted::Name(folded(name)), Counted::Address(place(address))] {
            if let Some((_, count)) = self.counts.get_mut(&counted) {
                *count = count.saturating_sub(slips);
            }
        }
        if self.known.len() >= ROOM {
            self.known.retain(|_, seen| now.seconds_since(*seen) < KNOWN_SECONDS as f64 / 2.0);
        }
        self.known.insert((folded(name), place(address)), now);
    }

    fn counted(&self, name: &str, address: &str, now: Timestamp) -> Vec<Counted> {
        let pair = Counted::Pair(folded(name), place(address));
        if self.is_known(name, address, now) {
            return vec![pair];
        }
        vec![pair, Counted::Name(folded(name)), Counted::Address(place(address))]
    }
}

/// Names are at most 100 characters; anything longer is not a name and need not be kept in full.
fn folded(name: &str) -> String {
    name.chars().take(100).flat_map(char::to_lowercase).collect()
}

/// The part of an address that tells people apart: for IPv6 the network, since its owner has all addresses in it.
fn place(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => address.chars().take(100).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(0);

    #[test]
    fn ten_wrong_passwords_close_the_door_for_a_quarter_of_an_hour() {
        let mut attempts = Attempts::default();
        for _ in 0..PER_PAIR {
            assert_eq!(attempts.must_wait("ana", "10.0.0.1", START), None);
            attempts.count("Ana", "10.0.0.1", START);
        }
        assert_eq!(attempts.must_wait("ana", "10.0.0.1", START.plus_seconds(60)), Some(SECONDS - 60));
        assert_eq!(attempts.must_wait("ana", "10.0.0.2", START), None, "another address is not punished");
        assert_eq!(attempts.must_wait("ben", "10.0.0.1", START), None, "another name is not punished");
        assert_eq!(attempts.must_wait("ana", "10.0.0.1", START.plus_seconds(SECONDS)), None);
    }

    #[test]
    fn the_right_password_forgives_earlier_wrong_ones() {
        let mut attempts = Attempts::default();
        for _ in 0..PER_PAIR {
            attempts.count("ana", "10.0.0.1", START);
        }
        attempts.forgive("ana", "10.0.0.1", START);
        assert_eq!(attempts.must_wait("ana", "10.0.0.1", START), None);
        assert_eq!(attempts.counts[&Counted::Address("10.0.0.1".to_owned())].1, 0);
    }

    #[test]
    fn many_machines_are_one_guesser_and_do_not_lock_the_person_out() {
        let mut attempts = Attempts::default();
        attempts.forgive("ana", "192.0.2.1", START);
        for i in 0..PER_NAME {
            attempts.count("ana", &format!("10.0.{i}.1"), START);
        }
        assert!(attempts.must_wait("ana", "10.9.9.9", START).is_some(), "a new place must wait");
        assert_eq!(attempts.must_wait("ana", "192.0.2.1", START), None, "where she signed in before, she may");
    }

    #[test]
    fn one_machine_with_many_names_is_stopped_and_does_not_lock_out_its_own_people() {
        let mut attempts = Attempts::default();
        attempts.forgive("ana", "192.0.2.1", START);
        for i in 0..PER_ADDRESS {
            attempts.count(&format!("name-{i}"), "192.0.2.1", START);
        }
        assert!(attempts.must_wait("ben", "192.0.2.1", START).is_some());
        assert_eq!(attempts.must_wait("ana", "192.0.2.1", START), None);
    }

    #[test]
    fn all_addresses_of_one_network_are_one_place() {
        assert_eq!(place("2001:db8:1:2:3:4:5:6"), place("2001:db8:1:2:ffff::1"));
        assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        assert_eq!(place("::ffff:10.0.0.1"), "10.0.0.1");
    }
}
