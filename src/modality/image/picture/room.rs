//! How many pixels may be decoded at once, over all threads: a decode needs several bytes for each.
//!
//! **Invariant:** a thread that holds room never asks for more, so there is no deadlock.

use std::sync::{Condvar, Mutex, PoisonError};

/// Pixels in memory at a time, but for a single picture that is larger: with up to 10 bytes each, 1.3 GB at most.
const MOST: u64 = 128_000_000;

static TAKEN: Mutex<u64> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// Room for the pixels of one picture, until it is dropped.
pub(super) struct Room(u64);

impl Room {
    /// Wait until there is room for `pixels`. A picture beyond all bounds gets it when it is alone.
    pub(super) fn take(pixels: u64) -> Self {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0 && *taken + pixels > MOST {
            taken = FREED.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += pixels;
        Self(pixels)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= self.0;
        FREED.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn many_threads_never_hold_more_than_there_is_room_for() {
        let (held, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..16u64 {
                let (held, most) = (&held, &most);
                scope.spawn(move || {
                    for turn in 0..8 {
                        // Some fit together, some only alone.
                        let pixels = MOST / (2 + (thread + turn) % 3) - thread;
                        let room = Room::take(pixels);
                        most.fetch_max(held.fetch_add(pixels, Ordering::SeqCst) + pixels, Ordering::SeqCst);
                        std::thread::sleep(std::time::Duration::from_millis(1));
                        held.fetch_sub(pixels, Ordering::SeqCst);
                        drop(room);
                    }
                });
            }
        });
        assert!(most.into_inner() <= MOST);
        drop(Room::take(3 * MOST));
    }
}
