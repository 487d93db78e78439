//! The example pool of texts, written by the program itself: messages that customers of a shop might send.
//!
//! **Invariant:** a message follows from (seed, index) alone. These are made up, and every one says so in its metadata
//! (`drawn: yes`).

use super::drawn::Dice;

/// Classes of the example, the rare one last.
pub const CLASSES: [&str; 6] = ["delivery", "refund", "account", "invoice", "defect", "safety"];

/// Share of each class; the rare one is what a shop must not miss.
const SHARES: [f64; 6] = [0.31, 0.22, 0.18, 0.15, 0.12, 0.02];

/// A written message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerMessage {
    pub text: String,
    /// Index into [`CLASSES`].
    pub class: usize,
}

const THINGS: &[&str] = &[
    "kettle",
    "desk lamp",
    "rain jacket",
    "pair of boots",
    "bicycle pump",
    "coffee grinder",
    "office chair",
    "tent",
    "phone case",
    "bread knife",
    "heater",
    "toaster",
    "backpack",
    "cordless drill",
    "garden hose",
    "bookshelf",
    "wall clock",
    "blender",
    "suitcase",
    "extension cord",
];
const OPENINGS: &[&str] = &[
    "Hello,",
    "Hi there,",
    "Good morning,",
    "Dear team,",
    "To whom it may concern,",
    "Hi,",
    "Hey,",
    "Good evening,",
    "",
    "",
    "",
];
const CLOSINGS: &[&str] = &[
    "Thanks in advance.",
    "Please let me know.",
    "Kind regards",
    "Many thanks!",
    "I look forward to your answer.",
    "Best wishes",
    "Could you look into this soon?",
    "I have been a customer for years.",
    "",
    "",
    "",
    "",
];
const ASIDES: &[&str] = &[
    "My order number is {number}.",
    "I ordered it on {day}.",
    "I already wrote on {day} and got no answer.",
    "It was meant as a present.",
    "The confirmation has the number {number}.",
    "I bought it together with a {thing}.",
    "Your shop was recommended to me.",
    "I could not find anything about this on your page.",
    "I tried the phone, but nobody picked up.",
    "",
    "",
    "",
    "",
];
const DAYS: &[&str] = &["Monday", "Tuesday", "the 3rd", "the 14th", "the 28th", "Friday", "last Sunday", "May 2nd"];

/// What a message of each class says, in the order of [`CLASSES`].
const SAID: [&[&str]; 6] = [
    &[
        "My {thing} has still not arrived, although it was due on {day}.",
        "The tracking page has said \"in transit\" since {day}. Where is my {thing}?",
        "The courier left my parcel with a neighbour I do not know.",
        "Can you send the {thing} to another address? I am moving on {day}.",
        "Only one of two parcels came; the {thing} is missing.",
        "How long does shipping to the islands take, and what does it cost?",
        "According to the carrier the {thing} was delivered on {day}. Nothing was in my letterbox.",
        "Is it possible to pick up the {thing} at a shop instead of having it delivered?",
        "When will the {thing} be dispatched? It still says that it is being packed.",
        "I was at home all day, yet the driver noted that nobody opened.",
    ],
    &[
        "I sent the {thing} back on {day} and have not seen my money yet.",
        "I would like to return the {thing}; it does not fit. How do I get a label?",
        "Please cancel the order for the {thing} and pay the amount back to my card.",
        "You have refunded only part of the price of the {thing}.",
        "How many days do I have to change my mind and send the {thing} back?",
        "The return of the {thing} was confirmed on {day}, but the amount is still missing on my account.",
        "I no longer need the {thing} and want my money back.",
        "Who pays for the postage if I return the {thing}?",
        "The {thing} was cheaper two days after I bought it. Will you pay back the difference?",
        "I received a voucher instead of a refund. I did not agree to that.",
    ],
    &[
        "I cannot sign in any more; the page says that my password is wrong.",
        "The mail for resetting my password never arrives.",
        "Please delete my account and everything you keep about me.",
        "How do I change the mail address of my account?",
        "Somebody else seems to have used my account on {day}.",
        "After the update the app asks me to sign in again every time.",
        "I have two accounts by mistake. Can you join them?",
        "The code that you send to my phone is never accepted.",
        "My account was locked after I ordered a {thing}. Why?",
        "I would like to stop getting your newsletter, but the link does nothing.",
    ],
    &[
        "The invoice for the {thing} shows the wrong company name.",
        "I was charged twice for the {thing}.",
        "Could you send me the invoice for order {number} again?",
        "The tax on my invoice is not what you showed at the checkout.",
        "I paid by transfer on {day}, and still got a reminder.",
        "Is it possible to pay for the {thing} in three instalments?",
        "We need the order number {number} on the invoice for our bookkeeping.",
        "My card was declined, but the amount was booked anyway.",
        "The discount code was accepted and is not on the invoice.",
        "Please change the billing address of order {number}.",
    ],
    &[
        "The {thing} stopped working after two days.",
        "A part of the {thing} is broken; it arrived like that.",
        "The {thing} makes a grinding noise and does nothing else.",
        "There is a crack in the {thing}, right beside the handle.",
        "The {thing} that I got is blue and not grey as in the picture.",
        "The screws for the {thing} are missing, so I cannot put it together.",
        "The {thing} leaks although I followed the manual.",
        "The seam of the {thing} came apart the first time I used it.",
        "The battery of the {thing} does not charge beyond half.",
        "I got a used {thing}: it is scratched all over.",
    ],
    &[
        "The {thing} began to smoke when I switched it on.",
        "I got an electric shock from the {thing}.",
        "The plug of the {thing} became so hot that it melted.",
        "My child cut herself on a sharp edge of the {thing}.",
        "Sparks flew out of the {thing}; we had to pull the plug.",
        "The {thing} fell apart while I was using it and hurt my hand.",
    ],
];

/// Write message `index` of the pool of `seed`.
pub fn write(seed: u64, index: u64) -> CustomerMessage {
    let mut dice = Dice::new(seed ^ 0x7e87, index);
    let class = dice.among(&SHARES);
    let thing = pick(&mut dice, THINGS);
    let mut parts = vec![pick(&mut dice, OPENINGS), pick(&mut dice, SAID[class])];
    parts.push(pick(&mut dice, ASIDES));
    if dice.chance(0.3) {
        // Few people write about one thing only.
        let other = dice.among(&SHARES[..5]);
        parts.push(if dice.chance(0.25) { pick(&mut dice, SAID[other]) } else { pick(&mut dice, ASIDES) });
    }
    parts.push(pick(&mut dice, CLOSINGS));
    let number = (10_000.0 + 89_999.0 * dice.unit()).floor().to_string();
    let day = pick(&mut dice, DAYS);
    let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let mut text = said.join(if dice.chance(0.2) { "\n\n" } else { " " });
    text = text.replace("{thing}", thing).replace("{number}", &number).replace("{day}", day);
    if dice.chance(0.15) {
        text = text.to_lowercase();
    }
    if dice.chance(0.25) {
        text = misspelt(&text, &mut dice);
    }
    CustomerMessage { text, class }
}

fn pick<'a>(dice: &mut Dice, from: &[&'a str]) -> &'a str {
    let at = (dice.unit() * from.len() as f32) as usize;
    from.get(at).copied().unwrap_or_default()
}

/// The same with two neighbouring letters of one word exchanged.
fn misspelt(text: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = (dice.unit() * letters.len().saturating_sub(2) as f32) as usize;
    if letters.get(at..at + 2).is_some_and(|pair| pair.iter().all(|c| c.is_alphabetic())) {
        letters.swap(at, at + 1);
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_seed_and_index_write_the_same_message_and_others_differ() {
        assert_eq!(write(7, 11), write(7, 11));
        let texts: HashSet<String> = (0..1000).map(|index| write(7, index).text).collect();
        assert!(texts.len() > 980, "{} of 1000 are different", texts.len());
        assert!(texts.iter().all(|text| !text.contains('{') && text.trim() == text));
    }

    #[test]
    fn classes_come_in_their_shares() {
        let mut counts = [0; CLASSES.len()];
        for index in 0..5000 {
            counts[write(1, index).class] += 1;
        }
        for (count, share) in counts.into_iter().zip(SHARES) {
            let expected = share * 5000.0;
            assert!((f64::from(count) - expected).abs() < 5.0 * expected.sqrt(), "{count} of {expected}");
        }
    }
}
