//! The kind of failure behind an engine's error. The only place that reads the engines' codes.

use sqlx::Error;

use crate::domain::Fault;

/// The kind of `error`, by `SQLite`'s result code or `PostgreSQL`'s SQLSTATE.
pub(super) fn of(error: &Error) -> Fault {
    match error {
        Error::Io(error) => match Fault::of_io(error) {
            Fault::Internal => Fault::Unreachable,
            kind => kind,
        },
        Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => Fault::Unreachable,
        Error::Database(error) => error.code().map_or(Fault::Internal, |code| of_code(&code)),
        _ => Fault::Internal,
    }
}

/// SQLSTATEs have five characters; `SQLite`'s extended codes are numbers whose low byte is the kind, the largest 8458.
fn of_code(code: &str) -> Fault {
    match code.parse::<i32>() {
        Ok(number) if code.len() < 5 => of_sqlite(number),
        _ => of_sqlstate(code),
    }
}

fn of_sqlite(code: i32) -> Fault {
    match code & 0xff {
        5 | 6 => Fault::Busy,
        8 => Fault::ReadOnly,
        13 => Fault::Full,
        // It cannot be opened: the data folder was moved, or a limit of open files is reached.
        14 => Fault::Unreachable,
        _ => Fault::Internal,
    }
}

fn of_sqlstate(code: &str) -> Fault {
    match code {
        "53100" => Fault::Full,
        "25006" => Fault::ReadOnly,
        "40P01" | "40001" => Fault::Clash,
        "55P03" => Fault::Busy,
        // Shut down, restarting, or not up yet; no room for one more connection.
        "57P01" | "57P02" | "57P03" | "53300" => Fault::Unreachable,
        _ if code.starts_with("08") => Fault::Unreachable,
        _ => Fault::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_codes_of_sqlite_and_sqlstates_are_told_apart() {
        for (code, kind) in [
            ("13", Fault::Full),
            ("5", Fault::Busy),
            ("517", Fault::Busy),
            ("1032", Fault::ReadOnly),
            ("53100", Fault::Full),
            ("40P01", Fault::Clash),
            ("40001", Fault::Clash),
            ("57P01", Fault::Unreachable),
            ("08006", Fault::Unreachable),
            ("2067", Fault::Internal),
            ("23505", Fault::Internal),
        ] {
            assert_eq!(of_code(code), kind, "{code}");
        }
        assert_eq!(of(&Error::PoolTimedOut), Fault::Unreachable);
    }
}
