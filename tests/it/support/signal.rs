//! Signals to processes. The program `kill` is not on every machine.

use rustix::process::{Pid, Signal, kill_process};

/// Send a signal, called as for `kill`: `-TERM`, `-INT` or `-KILL`.
pub fn send(name: &str, pid: u32) {
    let signal = match name {
        "-TERM" => Signal::TERM,
        "-INT" => Signal::INT,
        "-KILL" => Signal::KILL,
        other => panic!("no test sends `{other}`"),
    };
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, signal).expect("the signal is sent");
}
