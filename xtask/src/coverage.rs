//! `cargo xtask coverage`: how many lines of the platform's own code its tests run, against the floors.

use std::collections::BTreeMap;

use miette::{IntoDiagnostic as _, WrapErr as _, bail};
use serde::Deserialize;

use crate::tools::{Program, PythonTool, Tools};
use crate::workspace::{Workspace, run};

/// The crates that are measured, and the least share of lines that their tests run, in percent.
const FLOORS: [(&str, f64); 2] = [("pipeline", 95.0), ("runtime", 85.0)];
/// How many of the files with the most lines that no test ran are shown.
const SHOWN: usize = 12;

/// What `llvm-cov export -summary-only` writes, as far as it is read here.
#[derive(Deserialize)]
struct Export {
    data: Vec<Data>,
}

#[derive(Deserialize)]
struct Data {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    lines: Lines,
}

/// Lines that could run, and those that did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Lines {
    count: u32,
    covered: u32,
}

impl Lines {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.covered += other.covered;
    }

    fn missed(self) -> u32 {
        self.count - self.covered
    }

    /// A crate without lines has nothing that a test could run: 0 %, so that an empty report does not pass.
    fn percent(self) -> f64 {
        if self.count == 0 { 0.0 } else { f64::from(self.covered) * 100.0 / f64::from(self.count) }
    }
}

/// The lines of each measured crate, and of each of its files.
#[derive(Default)]
struct Report {
    crates: BTreeMap<&'static str, Lines>,
    files: Vec<(String, Lines)>,
}

impl Report {
    /// Sorts the files of an export into the crates; `root` is the workspace's.
    fn new(export: Export, root: &str) -> Self {
        let mut report = Self::default();
        for file in export.data.into_iter().flat_map(|data| data.files) {
            let path = file.filename.strip_prefix(root).unwrap_or(&file.filename).trim_start_matches('/');
            let place = path.strip_prefix("crates/").unwrap_or(path);
            let owner = FLOORS.iter().find(|(name, _)| place.starts_with(&format!("{name}/src/")));
            let Some((name, _)) = owner else { continue };
            report.crates.entry(name).or_default().add(file.summary.lines);
            report.files.push((path.to_owned(), file.summary.lines));
        }
        report.files.sort_by(|(one, a), (other, b)| b.missed().cmp(&a.missed()).then_with(|| one.cmp(other)));
        report
    }

    fn of(&self, name: &str) -> Lines {
        self.crates.get(name).copied().unwrap_or_default()
    }

    fn below(&self) -> Vec<&'static str> {
        FLOORS.iter().filter(|(name, floor)| self.of(name).percent() < *floor).map(|(name, _)| *name).collect()
    }

    fn print(&self) {
        println!("  {:<52} {:>7} {:>7} {:>9} {:>7}", "crate", "lines", "missed", "measured", "floor");
        for (name, floor) in FLOORS {
            let lines = self.of(name);
            println!("  {name:<52} {:>7} {:>7} {:>7.2} % {floor:>5.0} %", lines.count, lines.missed(), lines.percent());
        }
        println!("\n  {:<52} {:>7} {:>7} {:>9}", "files with most lines missed", "lines", "missed", "measured");
        for (path, lines) in self.files.iter().filter(|(_, lines)| lines.missed() > 0).take(SHOWN) {
            println!("  {path:<52} {:>7} {:>7} {:>7.2} %", lines.count, lines.missed(), lines.percent());
        }
    }
}

/// Runs the tests of the measured crates, prints what of them ran, and fails below a floor.
pub(crate) fn run_and_report(workspace: &Workspace) -> miette::Result<()> {
    let tools = Tools::new(workspace);
    let (program, llvm) = (tools.python(PythonTool::CARGO_LLVM_COV)?, tools.llvm()?);
    let cargo_llvm_cov = |arguments: &[&str]| {
        let mut command = workspace.command(&program);
        llvm.set(&mut command);
        command.arg("llvm-cov").args(arguments);
        command
    };
    Program::ffmpeg().find()?;
    let directory = workspace.target().join("xtask/coverage");
    fs_err::create_dir_all(&directory).into_diagnostic()?;
    let summary = directory.join("summary.json");
    let mut tests = cargo_llvm_cov(&["--json", "--summary-only", "--output-path"]);
    tests.arg(&summary).args(FLOORS.iter().flat_map(|(name, _)| ["--package", name]));
    run(tests.args(["--features", "runtime/media-samples", "--", "--quiet"]))?;
    run(cargo_llvm_cov(&["report", "--html", "--output-dir"]).arg(&directory))?;

    let text = fs_err::read_to_string(&summary).into_diagnostic()?;
    let export = serde_json::from_str(&text).into_diagnostic().wrap_err("llvm-cov's export is not as expected")?;
    let report = Report::new(export, &workspace.path("").to_string_lossy());
    report.print();
    println!("\n  every line: {}", directory.join("html/index.html").display());
    let below = report.below();
    if !below.is_empty() {
        bail!("below the floor: {}", below.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Lines, Report};

    fn report(files: &[(&str, u32, u32)]) -> Report {
        let file = |(path, count, covered): &(&str, u32, u32)| -> Value {
            let lines = json!({"count": count, "covered": covered, "percent": 1.5});
            json!({"filename": path, "summary": {"lines": lines, "regions": {}}})
        };
        let files: Vec<Value> = files.iter().map(file).collect();
        let export = json!({"data": [{"files": files, "totals": {}}], "type": "llvm.coverage.json.export"});
        Report::new(serde_json::from_value(export).unwrap(), "/checkout/")
    }

    #[test]
    fn files_count_for_their_crate_alone() {
        let report = report(&[
            ("/checkout/crates/pipeline/src/record.rs", 100, 90),
            ("/checkout/crates/pipeline/src/lib.rs", 100, 100),
            ("/checkout/runtime/src/aws/mod.rs", 10, 9),
            ("/checkout/xtask/src/main.rs", 10, 0),
            ("/checkout/runtime/tests/fake/mod.rs", 10, 0),
        ]);
        assert_eq!(report.of("pipeline"), Lines { count: 200, covered: 190 });
        assert_eq!(report.of("runtime"), Lines { count: 10, covered: 9 });
        assert!(report.below().is_empty(), "exactly at the floor is enough");
        assert_eq!(report.files[0].0, "crates/pipeline/src/record.rs", "the file with the most to do is first");
    }

    #[test]
    fn a_crate_below_its_floor_or_without_lines_fails() {
        assert_eq!(report(&[("/checkout/crates/pipeline/src/lib.rs", 1000, 949)]).below(), ["pipeline", "runtime"]);
        assert_eq!(
            report(&[("/checkout/crates/pipeline/src/lib.rs", 1000, 950), ("/checkout/runtime/src/lib.rs", 100, 84)])
                .below(),
            ["runtime"]
        );
    }
}
