//! Floors: classes and parts of a pool that are to have a number of labels, and the samples that bring them nearer to it.
//!
//! A strategy asks what teaches the model most on the whole; a class with three samples among thousands, or the one camera that nobody
//! has looked at, may not come up for long. While something is short, some questions go to what is most likely of it.

/// Something with too few labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Floor {
    /// Labels that it is to have; at least 1.
    pub wanted: usize,
    /// Labels that it has.
    pub has: usize,
    /// Places of open samples that may be of it, the likeliest first.
    pub candidates: Vec<usize>,
}

impl Floor {
    /// Whether labels are missing.
    pub fn is_short(&self) -> bool {
        self.has < self.wanted
    }
}

/// Up to `take` samples for the floors that are short, each once: always one of the floor that is furthest behind, as if each sample that
/// was chosen for it were of it. A floor without candidates is passed over.
///
/// O(take · floors), and the candidates looked at.
pub fn serve(floors: &[Floor], take: usize) -> Vec<usize> {
    struct Turn<'a> {
        floor: &'a Floor,
        given: usize,
        next: usize,
    }
    let short = floors.iter().filter(|floor| floor.is_short());
    let mut turns: Vec<Turn<'_>> = short.map(|floor| Turn { floor, given: 0, next: 0 }).collect();
    let (mut chosen, mut taken) = (Vec::new(), std::collections::HashSet::new());
    while chosen.len() < take {
        let reached = |turn: &Turn<'_>| (turn.floor.has + turn.given) as f64 / turn.floor.wanted as f64;
        let open = turns.iter_mut().filter(|turn| turn.next < turn.floor.candidates.len());
        let Some(turn) = open.min_by(|a, b| reached(a).total_cmp(&reached(b))) else { break };
        let candidate = turn.floor.candidates[turn.next];
        turn.next += 1;
        if taken.insert(candidate) {
            turn.given += 1;
            chosen.push(candidate);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floor(wanted: usize, has: usize, candidates: &[usize]) -> Floor {
        Floor { wanted, has, candidates: candidates.to_vec() }
    }

    #[test]
    fn what_is_furthest_behind_comes_first_and_nothing_twice() {
        let floors = [floor(10, 8, &[1, 2, 3]), floor(10, 0, &[3, 4, 5, 6]), floor(5, 5, &[7])];
        // The second is behind until it has reached the first, with eight of ten; it has only four.
        assert_eq!(serve(&floors, 10), [3, 4, 5, 6, 1, 2]);
        assert_eq!(serve(&floors, 2), [3, 4]);
        assert_eq!(serve(&floors[2..], 9), Vec::<usize>::new(), "what has enough is not served");
    }

    #[test]
    fn two_that_lack_as_much_take_turns_and_go_on_beyond_what_they_lack() {
        // Not every sample that is asked turns out to be of it, so more are asked than are missing.
        let floors = [floor(2, 1, &[10, 11, 12]), floor(2, 1, &[20, 21, 22])];
        assert_eq!(serve(&floors, 6), [10, 20, 11, 21, 12, 22]);
    }

    #[test]
    fn without_candidates_nothing_is_asked() {
        assert_eq!(serve(&[floor(3, 0, &[])], 5), Vec::<usize>::new());
        assert_eq!(serve(&[], 5), Vec::<usize>::new());
    }
}
