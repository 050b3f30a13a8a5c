//! Which legs are one group session: the transitive closure over the keys they share, each join with its reason.
//!
//! There is no time window: a key joins however far apart its legs are. Only a key that would melt two sessions with different focus
//! URIs at the same time is refused and noted.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use crate::capture::{FrameId, ProblemKind, Problems, Time};

/// What joined legs, strongest first: stronger keys are applied before weaker ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// The URI of the focus: Contact with isfocus, entity of conference-info, Request-URI of what is sent to a known focus.
    FocusUri,
    ContributionId,
    /// P-Asserted-Identity of a focus that invites, and requests sent to it: the address of a pre-defined group.
    GroupAddress,
}

impl KeyKind {
    pub fn as_str(self) -> &'static str {
        match self {
            KeyKind::FocusUri => "focus-uri",
            KeyKind::ContributionId => "contribution-id",
            KeyKind::GroupAddress => "group-address",
        }
    }
}

/// One sighting of a key on a leg (or another thing that is to be joined).
#[derive(Clone, Debug)]
pub struct Sighting {
    pub kind: KeyKind,
    /// What is compared.
    pub key: String,
    /// As on the wire.
    pub value: String,
    pub frame: FrameId,
    /// Index of the thing that shows it.
    pub item: usize,
}

/// What is to be joined.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// First and last time it was seen; `None` for one that never was.
    pub span: Option<(Time, Time)>,
    /// Keys of its focus URIs.
    pub focus: Vec<String>,
}

/// A key that joined things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joint {
    pub kind: KeyKind,
    pub value: String,
    /// The first frame of each thing that shows the key, in order.
    pub frames: Vec<FrameId>,
}

/// A set of things that belong together.
#[derive(Clone, Debug, Default)]
pub struct Joined {
    pub items: Vec<usize>,
    pub joints: Vec<Joint>,
}

/// How many sets that refused each other over one key are asked whether they will have a further sighting. Two would be a fault of a
/// server; a capture in which thousands contradict each other must not cost their square.
const MAX_RIVALS: usize = 64;

/// Joins `items` by the keys in `sightings`. The result is ordered by the first item of each set.
pub fn join(items: &[Item], mut sightings: Vec<Sighting>, problems: &mut Problems) -> Vec<Joined> {
    sightings.sort_by(|a, b| (a.kind, &a.key, a.frame, a.item).cmp(&(b.kind, &b.key, b.frame, b.item)));
    let mut sets = Sets::new(items);
    for same_key in sightings.chunk_by(|a, b| (a.kind, &a.key) == (b.kind, &b.key)) {
        // Each further sighting joins the first set that will have it: a refused one stays apart.
        let mut taken: Vec<usize> = Vec::new();
        for sighting in same_key {
            let joined = taken.iter().take(MAX_RIVALS).any(|&item| sets.join(item, sighting.item));
            if !joined {
                if let Some(&first) = taken.first() {
                    let detail = || {
                        let (kind, value) = (sighting.kind.as_str(), &sighting.value);
                        let other = items[first].focus.first().map_or("another focus", String::as_str);
                        format!("{kind} {value} would join sessions of different focus URIs at the same time ({other})")
                    };
                    problems.note(ProblemKind::JoinRefused, Some(sighting.frame), 0, detail);
                }
                taken.push(sighting.item);
            }
        }
    }
    let mut order: HashMap<usize, usize> = HashMap::new();
    let mut result: Vec<Joined> = Vec::new();
    for item in 0..items.len() {
        let root = sets.root(item);
        let index = *order.entry(root).or_insert_with(|| {
            result.push(Joined::default());
            result.len() - 1
        });
        result[index].items.push(item);
    }
    for same_key in sightings.chunk_by(|a, b| (a.kind, &a.key) == (b.kind, &b.key)) {
        let mut seen = HashSet::new();
        let mut by_set: BTreeMap<usize, Joint> = BTreeMap::new();
        for sighting in same_key.iter().filter(|sighting| seen.insert(sighting.item)) {
            let joint = by_set.entry(order[&sets.root(sighting.item)]).or_insert_with(|| Joint {
                kind: sighting.kind,
                value: sighting.value.clone(),
                frames: Vec::new(),
            });
            joint.frames.push(sighting.frame);
        }
        for (set, joint) in by_set {
            result[set].joints.push(joint);
        }
    }
    result
}

/// Disjoint sets with path halving; the lower index is the root, so that the result does not depend on the order of joins.
struct Sets {
    parent: Vec<usize>,
    /// Of each root: the focus URIs of its set, each with the time it was in use.
    focus: Vec<Vec<(String, Time, Time)>>,
}

impl Sets {
    fn new(items: &[Item]) -> Sets {
        let focus = items.iter().map(|item| {
            let span = item.span.unwrap_or_default();
            item.focus.iter().map(|focus| (focus.clone(), span.0, span.1)).collect()
        });
        Sets { parent: (0..items.len()).collect(), focus: focus.collect() }
    }

    fn root(&mut self, mut item: usize) -> usize {
        while self.parent[item] != item {
            self.parent[item] = self.parent[self.parent[item]];
            item = self.parent[item];
        }
        item
    }

    /// Joins the sets of `a` and `b`; false when their focus URIs contradict each other.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return true;
        }
        let shared = self.focus[a].iter().any(|(uri, ..)| self.focus[b].iter().any(|(other, ..)| uri == other));
        let overlap = |x: &(String, Time, Time), y: &(String, Time, Time)| x.1 <= y.2 && y.1 <= x.2;
        let conflict = !shared && self.focus[a].iter().any(|x| self.focus[b].iter().any(|y| overlap(x, y)));
        if conflict {
            return false;
        }
        let (root, child) = (a.min(b), a.max(b));
        self.parent[child] = root;
        let moved = std::mem::take(&mut self.focus[child]);
        self.focus[root].extend(moved);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(focus: &[&str], from: i64, to: i64) -> Item {
        Item { span: Some((Time(from), Time(to))), focus: focus.iter().map(|uri| uri.to_string()).collect() }
    }

    fn sighting(kind: KeyKind, key: &str, item: usize) -> Sighting {
        Sighting { kind, key: key.into(), value: key.into(), frame: FrameId(item as u32), item }
    }

    fn sets(items: &[Item], sightings: Vec<Sighting>) -> (Vec<Vec<usize>>, usize) {
        let mut problems = Problems::default();
        let joined = join(items, sightings, &mut problems);
        (joined.into_iter().map(|set| set.items).collect(), problems.finish().len())
    }

    #[test]
    fn trap_13_keys_join_transitively_and_without_a_time_window() {
        use KeyKind::*;
        // 0 and 1 share a Contribution-ID; 1 and 2, a day later, a focus; 2 and 3 another Contribution-ID.
        let items = [
            item(&[], 0, 1),
            item(&["f"], 2, 3),
            item(&["f"], 86_400, 86_401),
            item(&[], 86_402, 86_403),
            item(&[], 0, 1),
        ];
        let sightings = vec![
            sighting(ContributionId, "a", 0),
            sighting(ContributionId, "a", 1),
            sighting(FocusUri, "f", 1),
            sighting(FocusUri, "f", 2),
            sighting(ContributionId, "b", 2),
            sighting(ContributionId, "b", 3),
        ];
        assert_eq!(sets(&items, sightings), (vec![vec![0, 1, 2, 3], vec![4]], 0));
    }

    #[test]
    fn a_key_does_not_melt_two_focuses_of_the_same_time() {
        use KeyKind::*;
        let shared = |items: &[Item]| {
            let sightings = vec![sighting(ContributionId, "a", 0), sighting(ContributionId, "a", 1)];
            sets(items, sightings)
        };
        assert_eq!(shared(&[item(&["f"], 0, 10), item(&["g"], 5, 20)]), (vec![vec![0], vec![1]], 1));
        assert_eq!(shared(&[item(&["f"], 0, 10), item(&["g"], 11, 20)]), (vec![vec![0, 1]], 0));
    }

    #[test]
    fn the_order_of_sightings_does_not_matter() {
        use KeyKind::*;
        let items = [item(&[], 0, 1), item(&["f"], 0, 1), item(&["f"], 0, 1)];
        let mut sightings = vec![
            sighting(FocusUri, "f", 1),
            sighting(FocusUri, "f", 2),
            sighting(ContributionId, "a", 0),
            sighting(ContributionId, "a", 2),
        ];
        let forward = sets(&items, sightings.clone());
        sightings.reverse();
        assert_eq!(sets(&items, sightings), forward);
        assert_eq!(forward.0, vec![vec![0, 1, 2]]);
    }
}
