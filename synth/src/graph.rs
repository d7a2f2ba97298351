//! Cycles in a directed graph.

/// Where a depth-first search stands with a node.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    OnPath,
    Done,
}

/// The first cycle found, each node followed by the one it points to; `edges[n]` are the nodes that `n` points to.
///
/// Iterative, so that a long chain cannot exhaust the call stack.
pub(crate) fn find_cycle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut marks = vec![Mark::New; edges.len()];
    for start in 0..edges.len() {
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::OnPath;
        let mut path = vec![(start, edges[start].iter())];
        while let Some((node, targets)) = path.last_mut() {
            match targets.next() {
                None => {
                    marks[*node] = Mark::Done;
                    path.pop();
                }
                Some(&target) => match marks[target] {
                    Mark::Done => {}
                    Mark::New => {
                        marks[target] = Mark::OnPath;
                        path.push((target, edges[target].iter()));
                    }
                    Mark::OnPath => {
                        return Some(path.iter().map(|(node, _)| *node).skip_while(|node| *node != target).collect());
                    }
                },
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::find_cycle;

    #[test]
    fn finds_cycles() {
        assert_eq!(find_cycle(&[]), None);
        assert_eq!(find_cycle(&[vec![1, 2], vec![2], vec![]]), None);
        assert_eq!(find_cycle(&[vec![0]]), Some(vec![0]));
        assert_eq!(find_cycle(&[vec![1], vec![2], vec![3], vec![1]]), Some(vec![1, 2, 3]));
    }
}
