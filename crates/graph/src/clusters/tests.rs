//! Clusters against relabelling everybody, candidate by candidate.

use std::num::NonZero;

use proptest::prelude::*;

use super::*;

mod keyed;

/// Sets as their members.
#[derive(Debug, Clone, Default)]
struct Sets {
    nodes: u32,
    sets: Vec<Vec<u32>>,
}

/// A candidate in terms of the definition: the first member, another one, the set, and the row.
#[derive(Debug, Clone, Copy)]
struct Named {
    edge: Edge,
    set: usize,
}

impl Sets {
    fn columns(&self) -> (Vec<u32>, Vec<u32>) {
        let mut starts = vec![0];
        starts.extend(self.sets.iter().scan(0, |sum, set| {
            *sum += set.len() as u32;
            Some(*sum)
        }));
        (starts, self.sets.concat())
    }

    fn candidates(&self) -> Vec<Named> {
        let mut row = 0;
        let mut all = Vec::new();
        for (set, members) in self.sets.iter().enumerate() {
            for (place, other) in members.iter().enumerate() {
                if place > 0 {
                    all.push(Named { edge: Edge { first: members[0], other: *other, row }, set });
                }
                row += 1;
            }
        }
        all
    }

    fn partition(&self) -> Vec<u32> {
        let (starts, members) = self.columns();
        partition(&Evidence::new(&starts, &members, self.nodes).unwrap(), go()).unwrap()
    }

    /// The sets before `weak` are strong.
    fn merged(&self, rules: &Rules, weak: usize) -> (Vec<Edge>, Vec<Refused>, Vec<u32>) {
        let mut merger = Merger::new(self.nodes, rules.clone()).unwrap();
        let (mut edges, mut refused, mut base) = (Vec::new(), Vec::new(), 0);
        for (sets, strength) in [(&self.sets[..weak], Strength::Strong), (&self.sets[weak..], Strength::Weak)] {
            let part = Sets { nodes: self.nodes, sets: sets.to_vec() };
            let (starts, members) = part.columns();
            let evidence = Evidence::new(&starts, &members, self.nodes).unwrap();
            let found = merger.merge(&evidence, strength, go()).unwrap();
            let moved = |edge: Edge| Edge { row: edge.row + base, ..edge };
            edges.extend(found.edges.into_iter().map(moved));
            refused.extend(found.refused.into_iter().map(|one| Refused { edge: moved(one.edge), ..one }));
            base += members.len() as u32;
        }
        (edges, refused, merger.finish())
    }

    fn forest(&self) -> Vec<Edge> {
        self.merged(&Rules::default(), self.sets.len()).0
    }
}

fn go<'a>() -> Guard<'a> {
    Guard::new(&|| false)
}

fn on<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

/// Few nodes and short sets, so that redundant evidence, repeated members and sets of one or none are the rule.
fn sets(nodes: u32, most: usize) -> impl Strategy<Value = Sets> {
    let set = prop_oneof![
        4 => prop::collection::vec(0..nodes, 2..4),
        1 => prop::collection::vec(0..nodes, 0..2),
        1 => prop::collection::vec(0..nodes, 4..9),
    ];
    prop::collection::vec(set, 0..=most).prop_map(move |sets| Sets { nodes, sets })
}

/// Merges any two groups that a set touches both of, until there are none.
fn groups(sets: &Sets) -> Vec<u32> {
    let mut names: Vec<u32> = (0..sets.nodes).collect();
    loop {
        let before = names.clone();
        for set in &sets.sets {
            let Some(least) = set.iter().map(|node| names[*node as usize]).min() else { continue };
            let touched: Vec<u32> = set.iter().map(|node| names[*node as usize]).collect();
            names.iter_mut().filter(|name| touched.contains(name)).for_each(|name| *name = least);
        }
        if names == before {
            return names;
        }
    }
}

/// Kruskal's algorithm with the rules, word for word: everybody has the name, the actor and the strong size of the
/// cluster.
fn kruskal(sets: &Sets, rules: &Rules, weak: usize) -> (Vec<Edge>, Vec<Refused>, Vec<u32>) {
    let mut names: Vec<u32> = (0..sets.nodes).collect();
    let mut actors = rules.actors.clone().unwrap_or_else(|| vec![None; sets.nodes as usize]);
    let mut sizes = vec![1_u32; sets.nodes as usize];
    let (mut edges, mut refused) = (Vec::new(), Vec::new());
    for Named { edge, set } in sets.candidates() {
        let (a, b) = (edge.first as usize, edge.other as usize);
        if names[a] == names[b] {
            continue;
        }
        if let (Some(one), Some(other)) = (actors[a], actors[b])
            && one != other
        {
            refused.push(Refused { edge, reason: Reason::Actors(one.get(), other.get()) });
            continue;
        }
        if set >= weak && rules.large.is_some_and(|large| sizes[a] > large && sizes[b] > large) {
            refused.push(Refused { edge, reason: Reason::Sizes(sizes[a], sizes[b]) });
            continue;
        }
        let size = if set < weak { sizes[a] + sizes[b] } else { sizes[a].max(sizes[b]) };
        let (one, other, actor) = (names[a], names[b], actors[a].or(actors[b]));
        for node in (0..names.len()).filter(|node| [one, other].contains(&names[*node])).collect::<Vec<_>>() {
            (names[node], actors[node], sizes[node]) = (one.min(other), actor, size);
        }
        edges.push(edge);
    }
    (edges, refused, names)
}

proptest! {
    #[test]
    fn a_cluster_is_whoever_sets_join_and_its_smallest_member_names_it(sets in sets(24, 20)) {
        prop_assert_eq!(sets.partition(), groups(&sets));
    }

    #[test]
    fn a_partition_goes_on_from_where_it_was(sets in sets(24, 20), known in 0_u32..24, cut in 0_usize..20) {
        let (before, after) = sets.sets.split_at(cut.min(sets.sets.len()));
        let known = before.iter().flatten().fold(known, |known, node| known.max(node + 1));
        let first = Sets { nodes: known, sets: before.to_vec() }.partition();
        let mut partition = Partition::resume(first, sets.nodes).unwrap();
        let (starts, members) = Sets { nodes: sets.nodes, sets: after.to_vec() }.columns();
        partition.unite(&Evidence::new(&starts, &members, sets.nodes).unwrap(), go()).unwrap();
        prop_assert_eq!(partition.finish(), groups(&sets));
    }

    #[test]
    fn the_forest_is_what_kruskal_takes(sets in sets(24, 24)) {
        let (edges, refused, names) = sets.merged(&Rules::default(), sets.sets.len());
        prop_assert_eq!(&edges, &kruskal(&sets, &Rules::default(), sets.sets.len()).0);
        prop_assert!(refused.is_empty());
        prop_assert_eq!(names, groups(&sets));
    }

    #[test]
    fn rules_refuse_what_kruskal_refuses(
        sets in sets(16, 24),
        actors in prop::collection::vec(prop_oneof![2 => Just(0_u32), 1 => 1_u32..4], 16),
        has_actors in any::<bool>(),
        large in prop::option::of(0_u32..4),
        weak in 0_usize..24,
    ) {
        let actors = has_actors.then(|| actors.into_iter().map(NonZero::new).collect());
        let (rules, weak) = (Rules { actors, large }, weak.min(sets.sets.len()));
        prop_assert_eq!(sets.merged(&rules, weak), kruskal(&sets, &rules, weak));
    }

    /// Old edges take the places of the rows they came from; new sets are anywhere between them.
    #[test]
    fn an_old_forest_and_new_sets_give_the_forest_of_all(
        sets in sets(20, 24),
        new in prop::collection::vec(any::<bool>(), 24),
    ) {
        let all = sets.candidates();
        let old = Sets {
            nodes: sets.nodes,
            sets: sets.sets.iter().zip(&new).map(|(set, new)| if *new { Vec::new() } else { set.clone() }).collect(),
        };
        // Rows of the old sets alone, by their places among all.
        let rows: Vec<Edge> = all.iter().filter(|named| !new[named.set]).map(|named| named.edge).collect();
        let old: Vec<Edge> = old.forest().iter().zip(old.candidates_of(&rows)).map(|(_, edge)| edge).collect();
        let mut grown = Sets { nodes: sets.nodes, sets: Vec::new() };
        let mut places = Vec::new();
        for (set, members) in sets.sets.iter().enumerate() {
            let named = || all.iter().filter(|named| named.set == set).map(|named| named.edge);
            if new[set] {
                grown.sets.push(members.clone());
                places.extend(members.first().map(|_| Edge::default()).into_iter().chain(named()));
            } else {
                for edge in named().filter(|edge| old.contains(edge)) {
                    grown.sets.push(vec![edge.first, edge.other]);
                    places.extend([Edge::default(), edge]);
                }
            }
        }
        let forest: Vec<Edge> = grown.forest().iter().map(|edge| places[edge.row as usize]).collect();
        prop_assert_eq!(forest, sets.forest());
    }

    #[test]
    fn every_name_but_the_last_is_gone_once(sets in sets(24, 20)) {
        let forest = sets.forest();
        let merges = history(sets.nodes, &forest, go()).unwrap();
        prop_assert_eq!(merges.len(), forest.len());
        let mut names: Vec<u32> = (0..sets.nodes).collect();
        for (count, merge) in merges.iter().enumerate() {
            prop_assert_eq!(merge.edge as usize, count);
            let size = |name: u32| names.iter().filter(|other| **other == name).count() as u32;
            prop_assert_eq!((size(merge.old), size(merge.new)), (merge.old_size, merge.new_size));
            prop_assert_eq!(merge.is_large(2), size(merge.old) > 2 && size(merge.new) > 2);
            names.iter_mut().filter(|name| **name == merge.old).for_each(|name| *name = merge.new);
            // The partition as it was, for whoever asks by an old name.
            let then: Vec<Vec<u32>> = forest[..=count].iter().map(|edge| vec![edge.first, edge.other]).collect();
            prop_assert_eq!(&names, &groups(&Sets { nodes: sets.nodes, sets: then }));
        }
        prop_assert_eq!(names, groups(&sets));
        // Edges that unite nothing are passed over.
        let twice: Vec<Edge> = forest.iter().chain(&forest).copied().collect();
        prop_assert_eq!(history(sets.nodes, &twice, go()).unwrap(), merges);
    }

    #[test]
    fn a_path_has_no_weaker_edge_than_any_other_way(sets in sets(14, 16)) {
        let forest = sets.forest();
        let links = Links::of(sets.nodes, &forest, go()).unwrap();
        let all = sets.candidates();
        // Who is together after so many candidates.
        let pairs = |count: usize| all[..count].iter().map(|named| vec![named.edge.first, named.edge.other]).collect();
        let after = |count: usize| groups(&Sets { nodes: sets.nodes, sets: pairs(count) });
        let after: Vec<Vec<u32>> = (0..=all.len()).map(after).collect();
        for (from, to) in (0..sets.nodes).flat_map(|from| (0..sets.nodes).map(move |to| (from, to))) {
            let path = links.path(from, to);
            prop_assert_eq!(&why(sets.nodes, &forest, from, to, go()).unwrap(), &path);
            let least = after.iter().position(|names| names[from as usize] == names[to as usize]);
            prop_assert_eq!(path.is_some(), least.is_some());
            let (Some(path), Some(least)) = (path, least) else { continue };
            let weakest = path.iter().map(|step| forest[step.edge as usize].row).max();
            prop_assert_eq!(weakest, least.checked_sub(1).map(|last| all[last].edge.row));
            let mut at = from;
            let mut used: Vec<u32> = path.iter().map(|step| step.edge).collect();
            for step in &path {
                let Edge { first, other, .. } = forest[step.edge as usize];
                prop_assert!([(first, other), (other, first)].contains(&(step.from, step.to)));
                prop_assert_eq!(step.from, at);
                at = step.to;
            }
            prop_assert_eq!(at, to);
            used.sort_unstable();
            used.dedup();
            prop_assert_eq!(used.len(), path.len());
        }
    }
}

impl Sets {
    /// The edges of this one's forest, which counts its own rows, as those of `rows` at the same places.
    fn candidates_of(&self, rows: &[Edge]) -> Vec<Edge> {
        let own = self.candidates();
        let place = |edge: &Edge| own.iter().position(|named| named.edge.row == edge.row).unwrap();
        self.forest().iter().map(|edge| rows[place(edge)]).collect()
    }
}

/// So many rows that they make several blocks for several threads: short sets and long ones, one longer than a piece,
/// among accounts that are seldom and often met.
fn many(seed: u64, rows: usize) -> Sets {
    let mut state = seed;
    let mut draw = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(state >> 11) * below as u128) >> 53) as usize
    };
    let nodes = rows / 2;
    let (mut sets, mut count) = (Vec::new(), 0);
    while count < rows {
        let size = match draw(1_000) {
            0 => PIECE / 4 + draw(PIECE),
            1..=9 => draw(300),
            10..=500 => 1,
            _ => 2 + draw(3),
        };
        let near = draw(nodes);
        let set = (0..size).map(|_| (if draw(8) == 0 { draw(nodes) } else { near + draw(64) } % nodes) as u32);
        sets.push(set.collect());
        count += size;
    }
    Sets { nodes: nodes as u32, sets }
}

/// Kruskal's algorithm with one thread's union-find.
fn plain(sets: &Sets, actors: &[Option<NonZero<u32>>]) -> (Vec<Edge>, Vec<Refused>, Vec<u32>) {
    let mut parents: Vec<u32> = (0..sets.nodes).collect();
    let mut actors = actors.to_vec();
    let (mut edges, mut refused) = (Vec::new(), Vec::new());
    for Named { edge, .. } in sets.candidates() {
        let mut root = |node| crate::union::root(&mut parents, node);
        let (a, b) = (root(edge.first), root(edge.other));
        match (actors[a as usize], actors[b as usize]) {
            _ if a == b => {}
            (Some(one), Some(other)) if one != other => {
                refused.push(Refused { edge, reason: Reason::Actors(one.get(), other.get()) });
            }
            (one, other) => {
                parents[a.max(b) as usize] = a.min(b);
                actors[a.min(b) as usize] = one.or(other);
                edges.push(edge);
            }
        }
    }
    let names = (0..sets.nodes).map(|node| crate::union::root(&mut parents, node)).collect();
    (edges, refused, names)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]
    #[test]
    fn the_number_of_threads_does_not_show(seed in any::<u64>(), rows in 100_000_usize..200_000, few in 3_usize..400) {
        let sets = many(seed, rows);
        let nobody = vec![None; sets.nodes as usize];
        let mut actors = nobody.clone();
        actors.iter_mut().step_by(few).zip(0..).for_each(|(actor, number)| *actor = NonZero::new(number % 3));
        let free = plain(&sets, &nobody);
        let bound = plain(&sets, &actors);
        let rules = Rules { actors: Some(actors), large: None };
        for threads in [1, 2, 4] {
            let (names, forest, guarded) = on(threads, || {
                let all = sets.sets.len();
                (sets.partition(), sets.merged(&Rules::default(), all), sets.merged(&rules, all))
            });
            prop_assert!(names == free.2);
            prop_assert!(forest == free);
            prop_assert!(guarded == bound);
        }
        prop_assert!(!bound.1.is_empty());
    }
}

#[test]
fn refuses_what_is_no_evidence() {
    let broken = |starts: &[u32], members: &[u32]| Evidence::new(starts, members, 4).err();
    assert_eq!(broken(&[0, 2, 3], &[0, 1, 3]), None);
    assert_eq!(broken(&[0], &[]), None);
    assert_eq!(broken(&[], &[]), Some(GraphError::BrokenSets));
    assert_eq!(broken(&[0, 2], &[0, 1, 3]), Some(GraphError::BrokenSets));
    assert_eq!(broken(&[1, 3], &[0, 1, 3]), Some(GraphError::BrokenSets));
    assert_eq!(broken(&[0, 9, 3], &[0, 1, 3]), Some(GraphError::BrokenSets));
    assert_eq!(broken(&[0, 3], &[0, 4, 3]), Some(GraphError::NoSuchNode { node: 4, nodes: 4 }));
    let evidence = Evidence::new(&[0, 2], &[0, 3], 4).unwrap();
    let missing = GraphError::NoSuchNode { node: 3, nodes: 3 };
    assert_eq!(Partition::new(3).unite(&evidence, go()), Err(missing.clone()));
    let mut merger = Merger::new(3, Rules::default()).unwrap();
    assert_eq!(merger.merge(&evidence, Strength::Strong, go()), Err(missing));
    let rules = Rules { actors: Some(vec![None]), large: None };
    assert_eq!(Merger::new(3, rules).err(), Some(GraphError::Ragged));
    let forest = [Edge { first: 0, other: 3, row: 1 }];
    assert_eq!(history(3, &forest, go()), Err(GraphError::NoSuchNode { node: 3, nodes: 3 }));
    assert_eq!(why(4, &forest, 0, 4, go()), Err(GraphError::NoSuchNode { node: 4, nodes: 4 }));
    assert_eq!(Links::of(4, &forest, go()).unwrap().path(0, 4), None);
    assert_eq!(Partition::resume(vec![0, 2, 1], 3).err(), Some(GraphError::NoSuchNode { node: 2, nodes: 3 }));
    assert_eq!(Partition::resume(vec![0, 0], 1).err(), Some(GraphError::NoSuchNode { node: 0, nodes: 1 }));
}

#[test]
fn a_long_chain_has_a_long_path() {
    let nodes = 100_000;
    // From the far end on, so that every name gives way to the next.
    let sets = Sets { nodes, sets: (1..nodes).rev().map(|node| vec![node, node - 1]).collect() };
    assert!(sets.partition().iter().all(|name| *name == 0));
    let forest = sets.forest();
    let path = why(nodes, &forest, nodes - 1, 0, go()).unwrap().unwrap();
    assert!(path.iter().map(|step| step.edge).eq(0..nodes - 1));
    let merges = history(nodes, &forest, go()).unwrap();
    assert!(merges.iter().map(|merge| (merge.old, merge.new)).eq((1..nodes).rev().map(|node| (node, node - 1))));
}

#[test]
fn stops_when_told_to() {
    let sets = many(1, 20_000);
    let (starts, members) = sets.columns();
    let evidence = Evidence::new(&starts, &members, sets.nodes).unwrap();
    let stop = Guard::new(&|| true);
    assert_eq!(partition(&evidence, stop), Err(GraphError::Cancelled));
    let mut merger = Merger::new(sets.nodes, Rules::default()).unwrap();
    assert_eq!(merger.merge(&evidence, Strength::Strong, stop), Err(GraphError::Cancelled));
    let forest = sets.forest();
    assert_eq!(history(sets.nodes, &forest, stop), Err(GraphError::Cancelled));
    assert_eq!(why(sets.nodes, &forest, 0, 1, stop), Err(GraphError::Cancelled));
}
