//! Which node a room is at: consistent hashing, as the proxy does it.

/// Points of a server of HAProxy for each unit of its weight.
pub(crate) const POINTS_PER_WEIGHT: usize = 16;

/// The ring: points of all nodes, by their place.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    points: Vec<(u64, usize)>,
}

impl Ring {
    /// So many nodes with so many points each.
    pub(crate) fn new(nodes: usize, points_each: usize) -> Self {
        let of_node =
            |node: usize| (0..points_each).map(move |point| (hash((node as u64 + 1) << 32 | point as u64), node));
        let mut points: Vec<_> = (0..nodes).flat_map(of_node).collect();
        points.sort_unstable();
        Self { points }
    }

    /// The node at or behind this place that takes somebody; `None` if none does.
    pub(crate) fn node_of(&self, place: u64, takes: impl Fn(usize) -> bool) -> Option<usize> {
        let first = self.points.partition_point(|(point, _)| *point < place);
        let (before, behind) = self.points.split_at(first);
        behind.iter().chain(before).map(|(_, node)| *node).find(|node| takes(*node))
    }
}

/// How much the shares of nodes with so many points differ, as a standard deviation by the mean.
pub(crate) fn unevenness(points_each: usize) -> f64 {
    1.0 / (points_each.max(1) as f64).sqrt()
}

/// Scatters numbers: the finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
pub(crate) fn hash(number: u64) -> u64 {
    let mut hash = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOMS: u64 = 20_000;

    #[test]
    fn a_dead_nodes_rooms_go_to_the_others_and_no_other_room_moves() {
        let ring = Ring::new(5, 256);

        let moved = (0..ROOMS).map(hash).filter_map(|room| {
            let (before, after) = (ring.node_of(room, |_| true)?, ring.node_of(room, |node| node != 3)?);
            (before != after).then_some((before, after))
        });
        let moved: Vec<_> = moved.collect();

        assert!(moved.iter().all(|(before, after)| *before == 3 && *after != 3));
        let took_over = |node| moved.iter().filter(|(_, after)| *after == node).count();
        assert!([0, 1, 2, 4].map(took_over).into_iter().all(|count| count > 500), "all of them take some");
    }

    #[test]
    fn shares_are_as_uneven_as_the_square_root_of_points_says() {
        for points in [16, 1_024] {
            let ring = Ring::new(64, points);
            let mut shares = [0.0_f64; 64];
            (0..10 * ROOMS)
                .map(hash)
                .filter_map(|room| ring.node_of(room, |_| true))
                .for_each(|node| shares[node] += 1.0);

            let mean = shares.iter().sum::<f64>() / 64.0;
            let deviation = (shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / 64.0).sqrt() / mean;

            assert!((0.7..1.4).contains(&(deviation / unevenness(points))), "{points}: {deviation}");
        }
    }
}
