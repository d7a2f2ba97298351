//! Stacks as Mermaid flowcharts.

use std::collections::BTreeSet;
use std::fmt::Write;

use indexmap::IndexSet;

use crate::logical_id::Path;
use crate::stack::Stack;

impl Stack {
    /// A Mermaid subgraph of the stack's constructs; an arrow leads from what refers to what is referred to.
    ///
    /// Resources whose paths share their first `depth` segments are drawn as one construct.
    pub fn mermaid(&self, depth: usize) -> String {
        let construct = |path: &Path| path.segments().iter().take(depth).cloned().collect::<Vec<_>>().join("/");
        let constructs: IndexSet<String> = self.resources().map(|(_, path, _)| construct(path)).collect();
        let arrows: BTreeSet<(Option<usize>, Option<usize>)> = self
            .dependencies()
            .into_iter()
            .map(|(from, to)| (constructs.get_index_of(&construct(from)), constructs.get_index_of(&construct(to))))
            .filter(|(from, to)| from != to)
            .collect();
        let name = self.name();
        let mut text = format!("  subgraph {name}\n");
        // Writing to a `String` cannot fail.
        for (index, construct) in constructs.iter().enumerate() {
            let _ = writeln!(text, "    {name}-{index}[\"{construct}\"]");
        }
        text.push_str("  end\n");
        for (from, to) in arrows {
            if let (Some(from), Some(to)) = (from, to) {
                let _ = writeln!(text, "  {name}-{from} --> {name}-{to}");
            }
        }
        text
    }
}
