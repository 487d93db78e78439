//! Which key answers which class: by position, or as a person has chosen.
//!
//! **Invariant:** two classes that can be answered never share a key, and no class has a key with another function.

use std::collections::HashSet;

use crate::domain::{AccountId, Class, ClassId, Project};
use crate::service::{App, ServiceError};

/// Keys of the classes, in order: nine digits, then the letters that mean nothing else on the desk.
pub const KEYS: &str = "123456789qwertyuopadghjklxvn";

/// Keys that do something else on the desk, see the table in `static/desk/main.js`.
pub const RESERVED: &str = "0bcfimsz+-=/?,.";

/// Keys that no class of the project may have.
pub fn reserved(project: &Project) -> String {
    RESERVED.chars().chain(project.task.none_key()).collect()
}

/// The key of each class, in order, none of `reserved`; empty for one without. A key follows the class's position, so
/// it never moves; the key of a retired class stays unused.
pub fn assign(classes: &[Class], own: &[(ClassId, String)], reserved: &str) -> Vec<String> {
    let chosen = |class: &Class| own.iter().find(|(id, _)| *id == class.id).map(|(_, key)| key.as_str());
    let taken: HashSet<&str> = classes.iter().filter(|class| !class.retired).filter_map(chosen).collect();
    classes
        .iter()
        .enumerate()
        .map(|(i, class)| match chosen(class) {
            _ if class.retired => String::new(),
            Some(key) => key.to_owned(),
            // A class added since: its place's key, unless the person uses that for another one.
            None => {
                let free = KEYS.chars().filter(|key| !reserved.contains(*key)).nth(i);
                free.map(String::from).filter(|key| !taken.contains(key.as_str())).unwrap_or_default()
            }
        })
        .collect()
}

/// Keep the keys a person has chosen. Classes that are not named get the key of their place.
pub async fn choose(
    app: &App,
    project: &Project,
    account: AccountId,
    keys: &[(ClassId, String)],
) -> Result<Vec<String>, ServiceError> {
    let (classes, reserved) = (app.store.classes(project.id).await?, reserved(project));
    let mut own: Vec<(ClassId, String)> = Vec::with_capacity(keys.len());
    for (id, key) in keys {
        let Some(class) = classes.iter().find(|class| class.id == *id) else {
            return Err(ServiceError::not_found("class", id));
        };
        if own.iter().any(|(other, _)| other == id) {
            return Err(ServiceError::Invalid(format!("class `{}` is named twice; give it one key", class.name)));
        }
        let key = key.to_lowercase();
        check(&key, &reserved)
            .map_err(|reason| ServiceError::Invalid(format!("key `{key}` for `{}` {reason}", class.name)))?;
        let other = own.iter().find(|(_, theirs)| !key.is_empty() && *theirs == key);
        if let Some((other, _)) = other {
            let other = classes.iter().find(|class| class.id == *other).map_or("", |class| class.name.as_str());
            return Err(ServiceError::Conflict(format!(
                "key `{key}` is given to `{other}` and to `{}`; give each class a key of its own",
                class.name
            )));
        }
        own.push((*id, key));
    }
    app.store.save_keys(project.id, account, &own).await?;
    Ok(assign(&classes, &own, &reserved))
}

/// Back to the keys by place.
pub async fn restore(app: &App, project: &Project, account: AccountId) -> Result<Vec<String>, ServiceError> {
    app.store.save_keys(project.id, account, &[]).await?;
    Ok(assign(&app.store.classes(project.id).await?, &[], &reserved(project)))
}

fn check(key: &str, reserved: &str) -> Result<(), &'static str> {
    let mut letters = key.chars();
    let Some(letter) = letters.next() else { return Ok(()) };
    if letters.next().is_some() {
        Err("has several characters; a key is one")
    } else if reserved.contains(letter) {
        Err("does something else on the desk; choose another")
    } else if letter.is_whitespace() || letter.is_control() {
        Err("cannot be a key; choose a letter, a digit or a sign")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Task;

    fn classes(n: i64, retired: i64) -> Vec<Class> {
        (1..=n)
            .map(|id| Class { retired: id == retired, ..Class::plain(ClassId(id), &format!("class {id}")) })
            .collect()
    }

    #[test]
    fn keys_stay_where_they_are_when_a_class_retires() {
        let keys = assign(&classes(11, 0), &[], RESERVED);
        assert_eq!((keys[8].as_str(), keys[9].as_str(), keys[10].as_str()), ("9", "q", "w"));
        let keys = assign(&classes(11, 2), &[], RESERVED);
        assert_eq!((keys[1].as_str(), keys[9].as_str()), ("", "q"), "class 10 keeps its key after class 2 retired");
        assert_eq!(assign(&classes(40, 0), &[], RESERVED)[39], "", "there are more classes than keys");
    }

    #[test]
    fn what_a_person_chose_goes_before_the_place_and_never_twice() {
        let own = [(ClassId(1), "w".to_owned()), (ClassId(2), String::new())];
        let keys = assign(&classes(11, 0), &own, RESERVED);
        assert_eq!((keys[0].as_str(), keys[1].as_str(), keys[2].as_str()), ("w", "", "3"));
        assert_eq!(keys[10], "", "its place's key went to class 1");
        let retired = assign(&classes(11, 1), &own, RESERVED);
        assert_eq!(retired[10], "w", "a retired class holds no key back");
    }

    #[test]
    fn a_key_that_says_none_of_these_is_left_out_of_the_row() {
        let none = Task::Multi.none_key().unwrap();
        let reserved = format!("{RESERVED}{none}");
        let keys = assign(&classes(30, 0), &[], &reserved);
        assert!(!keys.contains(&none.to_string()) && keys[26] == "v" && keys[27].is_empty(), "{keys:?}");
        assert!(check("n", &reserved).is_err() && check("n", RESERVED).is_ok());
    }

    #[test]
    fn no_class_takes_a_key_that_does_something_else() {
        assert!(!KEYS.contains(|key| RESERVED.contains(key)));
        assert!(KEYS.chars().all(|key| check(&key.to_string(), RESERVED).is_ok()));
        for bad in ["z", "0", "?", "ab", " ", "\n"] {
            assert!(check(bad, RESERVED).is_err(), "{bad:?}");
        }
        assert!(check("ä", RESERVED).is_ok() && check("", RESERVED).is_ok());
    }
}
