//! The layers of the configuration, each parsed with its places and laid over the ones before it.

use std::path::PathBuf;
use std::sync::Arc;

use miette::{LabeledSpan, NamedSource};
use toml::de::{DeTable, DeValue};

use super::check;
use super::de::Reason;
use super::model::Config;
use super::node::{Node, Path, Place, Step, Value};
use super::problem::{Problem, Problems, nearest, words};

/// What a configuration is read from, besides the defaults; later ones win.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The file.
    pub file: Option<File>,
    /// Environment variables, all of them or only those that begin with [`Input::PREFIX`].
    pub variables: Vec<(String, String)>,
    /// `key.path=value` texts, as `--set` takes them.
    pub sets: Vec<String>,
}

impl Input {
    /// What the name of an environment variable begins with: `VOD_ENCODING__FAMILY` is `encoding.family`.
    pub const PREFIX: &'static str = "VOD_";
}

/// A configuration file that was read.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path: errors show it, and paths inside of it begin at its folder.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// Reads the layers into one configuration, and reports everything that is wrong with it at once: a rule between values too,
/// as long as each of the values is right.
pub fn load(input: &Input) -> Result<Config, Problems> {
    let mut layers = Layers::default();
    if let Some(file) = &input.file {
        layers.add_file(file);
    }
    let mut variables: Vec<_> = input.variables.iter().filter(|(name, _)| name.starts_with(Input::PREFIX)).collect();
    variables.sort();
    for (name, value) in variables {
        layers.add_variable(name, value);
    }
    for set in &input.sets {
        layers.add_set(set);
    }
    let mut config = layers.read();
    let base = input.file.as_ref().and_then(|file| file.path.parent());
    check::resolve_templates(&mut config, &mut layers, base);
    check::run(&config, &mut layers);
    layers.finish(config)
}

/// A kind of source; the later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    File,
    Environment,
    Set,
}

/// The sources so far, what they say together, and what is wrong with them.
pub(super) struct Layers {
    sources: Vec<(Layer, NamedSource<Arc<str>>)>,
    tree: Node,
    /// What could not be read, and so has its default in the configuration.
    taken: Vec<Path>,
    problems: Vec<(Place, Problem)>,
}

impl Default for Layers {
    fn default() -> Self {
        Self { sources: Vec::new(), tree: Node::empty(), taken: Vec::new(), problems: Vec::new() }
    }
}

impl Layers {
    fn add_file(&mut self, file: &File) {
        let source = self.add_source(Layer::File, &file.path.to_string_lossy(), &file.text);
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        for error in errors {
            let span = error.span().unwrap_or_default();
            self.report(&[Place { source, span }], not_toml(&error), Some(TOML.to_owned()));
            // Any key may stand in what could not be read.
            self.taken.push(Path::default());
        }
        let place = Place { source, span: table.span() };
        self.tree.merge(Node::of_table(table.get_ref(), place, 0));
    }

    fn add_variable(&mut self, name: &str, value: &str) {
        let text = format!("{name}={value}");
        let source = self.add_source(Layer::Environment, "environment", &text);
        let keys = name[Input::PREFIX.len()..].to_lowercase();
        let keys: Vec<String> = keys.split("__").map(str::to_owned).collect();
        self.add_value(source, &keys, name.len(), value);
    }

    fn add_set(&mut self, text: &str) {
        let source = self.add_source(Layer::Set, "--set", text);
        let whole = Place { source, span: 0..text.len() };
        let Some((path, value)) = text.split_once('=') else {
            self.taken.push(Path::default());
            let help = "use `--set key.path=value`, for example `--set encoding.family=cmaf`".to_owned();
            return self.report(&[whole], format!("`--set {text}` has no `=`"), Some(help));
        };
        if let Some(keys) = keys(path) {
            self.add_value(source, &keys, path.len(), value);
        } else {
            self.taken.push(Path::default());
            let help = "use keys with dots between them, for example `encoding.family`".to_owned();
            self.report(&[whole], format!("`{path}` is not a key"), Some(help));
        }
    }

    /// Lays `value`, which stands behind `key_length` bytes and an equals sign, over the tree at `keys`.
    fn add_value(&mut self, source: usize, keys: &[String], key_length: usize, value: &str) {
        let offset = key_length + 1;
        let key = Place { source, span: 0..key_length };
        let place = Place { source, span: offset..offset + value.len() };
        let mut node = if value.starts_with(['[', '{', '"', '\'']) {
            match DeValue::parse(value) {
                Ok(value) => Node::of_value(&value, source, offset),
                Err(error) => {
                    let span = error.span().unwrap_or_default();
                    let place = Place { source, span: span.start + offset..span.end + offset };
                    self.taken.push(Path(keys.iter().cloned().map(Step::Key).collect()));
                    return self.report(&[place], not_toml(&error), Some(TOML.to_owned()));
                }
            }
        } else {
            Node { key: key.clone(), place, value: Value::Loose(value.to_owned()) }
        };
        node.key = key.clone();
        for name in keys.iter().rev() {
            let value = Value::Table([(name.clone(), node)].into());
            node = Node { key: key.clone(), place: key.clone(), value };
        }
        self.tree.merge(node);
    }

    fn add_source(&mut self, layer: Layer, name: &str, text: &str) -> usize {
        self.sources.push((layer, NamedSource::new(name, Arc::from(text))));
        self.sources.len() - 1
    }

    /// Reads the tree. Each value that cannot be read is reported and taken away, until the rest can be read.
    fn read(&mut self) -> Config {
        loop {
            let (path, reason) = match serde_path_to_error::deserialize(&self.tree) {
                Ok(config) => return config,
                Err(error) => (Path::from(error.path()), error.into_inner()),
            };
            // What lacks only a value that was taken away has had its report.
            let missing = |key: &str| Path([path.0.as_slice(), &[Step::Key(key.to_owned())]].concat());
            if !matches!(reason, Reason::Missing(key) if self.taken.contains(&missing(key))) {
                let node = self.tree.nearest(&path);
                let place = if let Reason::UnknownKey { .. } = reason { &node.key } else { &node.place }.clone();
                let (message, mut help) = words(&path, &reason);
                let is_variable = self.sources[place.source].0 == Layer::Environment && path.0.len() == 1;
                if let Reason::UnknownKey { key, known } = &reason {
                    let meant = meant(key, known);
                    match meant {
                        Meant::Other if is_variable => {
                            self.tree.remove(&path.0);
                            continue;
                        }
                        Meant::Below(table, name) if is_variable => {
                            let name = format!("{}{table}__{name}", Input::PREFIX).to_uppercase();
                            help = Some(format!("two underscores stand between a table and its key: `{name}`"));
                        }
                        _ => {}
                    }
                    // The value is there, only not where it counts.
                    if let Meant::Key(name) | Meant::Below(name, _) = meant {
                        let table = path.0.split_last().map_or(&[][..], |(_, table)| table);
                        self.taken.push(Path([table, &[Step::Key(name.to_owned())]].concat()));
                    }
                }
                self.report(&[place], message, help);
            }
            let is_taken = self.tree.remove(&path.0);
            self.taken.push(path);
            if !is_taken {
                self.taken.push(Path::default());
                return Config::default();
            }
        }
    }

    /// Reports a problem at the first of the places, with those of the same source underlined too.
    fn report(&mut self, places: &[Place], message: String, help: Option<String>) {
        let Some(first) = places.first() else { return };
        let source = self.sources[first.source].1.clone();
        // A place behind the last character is shown at it.
        let last = source.inner().len().saturating_sub(1);
        let labels = places
            .iter()
            .filter(|place| place.source == first.source)
            .map(|place| LabeledSpan::underline(place.span.start.min(last)..place.span.end.max(1)))
            .collect();
        self.problems.push((first.clone(), Problem::new(message, help, source, labels)));
    }

    /// Reports a problem at the keys that some layer has set.
    pub(super) fn report_at(&mut self, paths: &[&str], message: String, help: String) {
        let mut places: Vec<Place> =
            paths.iter().filter_map(|path| self.tree.find(&Path::from(*path))).map(|node| node.place.clone()).collect();
        // The last one counts, so that is the one to fix.
        places.sort_by(|one, other| other.source.cmp(&one.source).then(one.span.start.cmp(&other.span.start)));
        self.report(&places, message, Some(help));
    }

    /// Whether a key, or a part of it, could not be read: what the configuration says of it is nobody's wish.
    pub(super) fn is_lost(&self, key: &str) -> bool {
        let Path(key) = Path::from(key);
        self.taken.iter().any(|Path(taken)| key.starts_with(taken) || taken.starts_with(&key))
    }

    /// The last layer that set a key.
    pub(super) fn layer_of(&self, path: &str) -> Option<Layer> {
        self.tree.find(&Path::from(path)).map(|node| self.sources[node.place.source].0)
    }

    fn finish(mut self, config: Config) -> Result<Config, Problems> {
        if self.problems.is_empty() {
            return Ok(config);
        }
        self.problems.sort_by_key(|(place, _)| (place.source, place.span.start));
        Err(Problems(self.problems.into_iter().map(|(_, problem)| problem).collect()))
    }
}

/// What to do about a text that is none.
const TOML: &str = "write it as TOML (https://toml.io): texts stand between quotes";

fn not_toml(error: &toml::de::Error) -> String {
    format!("this is not TOML: {}", error.message())
}

/// What an unknown key is for.
#[derive(Debug, Clone, Copy)]
enum Meant<'a> {
    /// This key, misspelt.
    Key(&'a str),
    /// In this table, this key: no separator stands between them.
    Below(&'a str, &'a str),
    /// Nothing that is known here. A variable is another program's then, whose name begins like ours by chance.
    Other,
}

fn meant<'a>(key: &'a str, known: &[&'a str]) -> Meant<'a> {
    let below = known.iter().find_map(|table| Some((*table, key.strip_prefix(table)?.strip_prefix('_')?)));
    match below {
        Some((table, name)) => Meant::Below(table, name),
        None => nearest(key, known).map_or(Meant::Other, Meant::Key),
    }
}

/// The keys of a dotted path; keys may be quoted as in TOML.
fn keys(path: &str) -> Option<Vec<String>> {
    let line = format!("{path} = 0");
    let table = DeTable::parse(&line).ok()?;
    let mut node = Node::of_table(table.get_ref(), Place { source: 0, span: 0..0 }, 0);
    let mut keys = Vec::new();
    while let Value::Table(entries) = node.value {
        let (key, child) = entries.into_iter().next()?;
        keys.push(key);
        node = child;
    }
    Some(keys)
}
