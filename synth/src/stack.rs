//! Stacks, and the scopes through which they are filled.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;

use crate::assets::{AssetBucket, FileAsset};
use crate::condition::Condition;
use crate::iam::{self, Statement};
use crate::logical_id::{LogicalId, Path};
use crate::problem::Problem;
use crate::resource::{AnyResource, Handle, Resource};
use crate::template::DeletionPolicy;
use crate::value::{Intrinsic, Json, Value};

/// Where a stack is deployed; what is not fixed is the deployer's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// The account's ID.
    pub account: Option<String>,
    /// The region's name.
    pub region: Option<String>,
}

impl fmt::Display for Environment {
    /// As a cloud assembly writes it: `aws://ACCOUNT/REGION`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account.as_deref().unwrap_or("unknown-account");
        let region = self.region.as_deref().unwrap_or("unknown-region");
        write!(f, "aws://{account}/{region}")
    }
}

impl From<&str> for Environment {
    /// From how a cloud assembly writes it.
    fn from(text: &str) -> Self {
        let (account, region) = text.trim_start_matches("aws://").split_once('/').unwrap_or_default();
        let known = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty() && !part.starts_with("unknown-"));
        Self { account: known(account), region: known(region) }
    }
}

/// The part of AWS that a region belongs to: `aws`, `aws-cn` or `aws-us-gov`.
///
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
pub fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// What happens to a resource when it leaves the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalPolicy {
    /// It is deleted.
    Delete,
    /// It stays.
    Retain,
    /// It stays, unless the stack that first creates it fails.
    RetainExceptOnCreate,
}

impl RemovalPolicy {
    pub(crate) fn deletion_policy(self) -> DeletionPolicy {
        match self {
            Self::Delete => DeletionPolicy::Delete,
            Self::Retain => DeletionPolicy::Retain,
            Self::RetainExceptOnCreate => DeletionPolicy::RetainExceptOnCreate,
        }
    }

    /// `UpdateReplacePolicy` knows no `RetainExceptOnCreate`.
    pub(crate) fn update_replace_policy(self) -> DeletionPolicy {
        match self {
            Self::Delete => DeletionPolicy::Delete,
            Self::Retain | Self::RetainExceptOnCreate => DeletionPolicy::Retain,
        }
    }
}

/// A value shown to whoever deploys the stack.
#[derive(Debug, Clone)]
pub struct Output {
    /// What it is.
    pub description: String,
    /// The value.
    pub value: Value<String>,
    /// The name under which other stacks of the region import it.
    pub export: Option<Value<String>>,
}

/// A value asked of whoever deploys the stack.
#[derive(Debug, Clone, Default)]
pub struct Parameter {
    /// What it is.
    pub description: String,
    /// The value when none is given.
    pub default: Option<String>,
    /// A regular expression that the whole value must match; the default too.
    pub allowed_pattern: Option<String>,
    /// What the value must be, for whoever gives one that does not match.
    pub constraint_description: Option<String>,
}

/// A resource with its place and its attributes.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) path: Path,
    pub(crate) resource: Box<dyn AnyResource>,
    pub(crate) depends_on: Vec<LogicalId>,
    pub(crate) removal: Option<RemovalPolicy>,
    pub(crate) condition: Option<LogicalId>,
    pub(crate) metadata: IndexMap<String, Json>,
}

/// A mapping: two levels of keys, then a text.
pub type Mapping = BTreeMap<String, BTreeMap<String, String>>;

/// One CloudFormation stack.
#[derive(Debug, Default)]
pub struct Stack {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) environment: Environment,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) role_path: Option<String>,
    pub(crate) parameters: IndexMap<LogicalId, Parameter>,
    pub(crate) mappings: IndexMap<LogicalId, Mapping>,
    pub(crate) conditions: IndexMap<LogicalId, Condition>,
    pub(crate) entries: IndexMap<LogicalId, Entry>,
    pub(crate) outputs: IndexMap<LogicalId, Output>,
    pub(crate) asset_bucket: AssetBucket,
    pub(crate) assets: Vec<FileAsset>,
    pub(crate) problems: Vec<Problem>,
}

impl Stack {
    /// An empty stack, whose assets go to the bucket of `cdk bootstrap`.
    ///
    /// [`App::stack`](crate::App::stack) adds one to an app.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The stack's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says what the stack is.
    pub fn set_description(&mut self, description: &str) {
        description.clone_into(&mut self.description);
    }

    /// Fixes where the stack is deployed.
    pub fn set_environment(&mut self, environment: Environment) {
        self.environment = environment;
    }

    /// Where it is deployed.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Its resources in the order they were added: logical ID, construct path and type name.
    pub fn resources(&self) -> impl Iterator<Item = (&LogicalId, &Path, &str)> {
        self.entries.iter().map(|(id, entry)| (id, &entry.path, entry.resource.type_name()))
    }

    /// Its resources of one type, with their properties, in the order they were added.
    pub fn resources_of<R: Resource>(&self) -> impl Iterator<Item = &R> {
        let resources = self.entries.values().map(|entry| -> &dyn Any { entry.resource.as_ref() });
        resources.filter_map(|resource| resource.downcast_ref())
    }

    /// A tag for every resource of the stack whose type takes tags; a resource's own tag of that key wins.
    pub fn tag(&mut self, key: &str, value: &str) {
        self.tags.insert(key.to_owned(), value.to_owned());
    }

    /// The path of every [role](crate::constructs::Role) that is added from now on, such as `/videos/test/`.
    ///
    /// CloudFormation shortens a role's generated name to 64 characters, and names of two stacks may begin alike; a path
    /// is in the role's ARN as it is. It needs no `CAPABILITY_NAMED_IAM`, because it is no name
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names>).
    pub fn role_path(&mut self, path: &str) {
        self.role_path = Some(path.to_owned());
    }

    /// The scope at the stack's root.
    pub fn root(&mut self) -> Scope<'_> {
        Scope { stack: self, path: Path::root() }
    }

    /// Adds a parameter; the result is its value.
    pub fn parameter(&mut self, name: &str, parameter: Parameter) -> Value<String> {
        let id = self.define(name, |stack, id| stack.parameters.insert(id, parameter).is_some());
        Value::Intrinsic(Intrinsic::Ref(id))
    }

    /// Adds a mapping, for [`Value::find_in_map`].
    pub fn mapping(&mut self, name: &str, mapping: Mapping) -> LogicalId {
        self.define(name, |stack, id| stack.mappings.insert(id, mapping).is_some())
    }

    /// Adds a condition, for [`Value::if_condition`] and [`Scope::only_if`].
    pub fn condition(&mut self, name: &str, condition: Condition) -> LogicalId {
        self.define(name, |stack, id| stack.conditions.insert(id, condition).is_some())
    }

    /// Adds an output.
    pub fn output(&mut self, name: &str, output: Output) {
        self.define(name, |stack, id| stack.outputs.insert(id, output).is_some());
    }

    /// Adds a file that the deployer uploads before the stack is created; the result is the name of the bucket that it goes to.
    pub fn asset(&mut self, asset: FileAsset) -> Value<String> {
        if !self.assets.contains(&asset) {
            self.assets.push(asset);
        }
        self.asset_bucket.name().clone()
    }

    /// Files something under its name; `insert` says whether the name was taken.
    fn define(&mut self, name: &str, insert: impl FnOnce(&mut Self, LogicalId) -> bool) -> LogicalId {
        let path = Path::root().child(name);
        let id = LogicalId::from_path(&path);
        if insert(self, id.clone()) {
            self.problems.push(Problem::DuplicatePath { path });
        }
        id
    }
}

/// A place in a stack's construct tree.
#[derive(Debug)]
pub struct Scope<'a> {
    stack: &'a mut Stack,
    path: Path,
}

impl Scope<'_> {
    /// The scope of a construct below this one.
    pub fn child(&mut self, name: &str) -> Scope<'_> {
        Scope { path: self.path.child(name), stack: self.stack }
    }

    /// The stack that this scope is in.
    pub fn stack(&mut self) -> &mut Stack {
        self.stack
    }

    /// Adds a resource under a name that is unique in this scope.
    pub fn add<R: Resource>(&mut self, name: &str, resource: R) -> Handle<R> {
        let path = self.path_of(name);
        let mut id = LogicalId::from_path(&path);
        if let Some(taken) = self.stack.entries.get(&id) {
            self.stack.problems.push(if taken.path == path {
                Problem::DuplicatePath { path: path.clone() }
            } else {
                Problem::SameId { id: id.clone(), first: taken.path.clone(), second: path.clone() }
            });
            // So that the handle still has a resource of its type.
            id = id.distinct(&path);
        }
        let entry = Entry {
            path,
            resource: Box::new(resource),
            depends_on: Vec::new(),
            removal: None,
            condition: None,
            metadata: IndexMap::new(),
        };
        self.stack.entries.insert(id.clone(), entry);
        Handle::new(id)
    }

    /// Changes a resource that was added before.
    pub fn edit<R: Resource>(&mut self, handle: &Handle<R>, change: impl FnOnce(&mut R)) {
        let resource = self.stack.entries.get_mut(handle.id());
        let resource = resource.map(|entry| -> &mut dyn Any { entry.resource.as_mut() });
        // Another type than the handle's is another stack's handle.
        match resource.and_then(|resource| resource.downcast_mut()) {
            Some(resource) => change(resource),
            None => self.foreign(handle.id()),
        }
    }

    /// Adds a statement to the policy document that `document` finds in a resource; one that is there already is not
    /// added again.
    ///
    /// A document that is missing or an expression, and a `Sid` that another statement has, are problems of the stack.
    pub fn add_statement<R: Resource>(
        &mut self,
        handle: &Handle<R>,
        document: impl FnOnce(&mut R) -> Option<&mut Value<Json>>,
        statement: Statement,
    ) {
        let path = self.stack.entries.get(handle.id()).map_or_else(Path::root, |entry| entry.path.clone());
        let mut result = Ok(());
        self.edit(handle, |resource| {
            result = match document(resource) {
                Some(document) => iam::append(document, statement, &path),
                None => Err(Problem::OpaquePolicy { path }),
            };
        });
        if let Err(problem) = result {
            self.report(problem);
        }
    }

    /// `DependsOn`, where no property already implies the order.
    pub fn depends_on<R: ?Sized, D: ?Sized>(&mut self, handle: &Handle<R>, dependency: &Handle<D>) {
        self.entry(handle.id(), |entry| {
            if !entry.depends_on.contains(dependency.id()) {
                entry.depends_on.push(dependency.id().clone());
            }
        });
    }

    /// `DeletionPolicy` and `UpdateReplacePolicy`.
    pub fn removal<R: ?Sized>(&mut self, handle: &Handle<R>, policy: RemovalPolicy) {
        self.entry(handle.id(), |entry| entry.removal = Some(policy));
    }

    /// `Condition`.
    pub fn only_if<R: ?Sized>(&mut self, handle: &Handle<R>, condition: &LogicalId) {
        self.entry(handle.id(), |entry| entry.condition = Some(condition.clone()));
    }

    /// `Metadata`.
    pub fn metadata<R: ?Sized>(&mut self, handle: &Handle<R>, key: &str, value: impl Into<Json>) {
        let value = value.into();
        self.entry(handle.id(), |entry| {
            entry.metadata.insert(key.to_owned(), value);
        });
    }

    fn entry(&mut self, id: &LogicalId, change: impl FnOnce(&mut Entry)) {
        match self.stack.entries.get_mut(id) {
            Some(entry) => change(entry),
            None => self.foreign(id),
        }
    }

    fn foreign(&mut self, id: &LogicalId) {
        self.report(Problem::ForeignHandle { scope: self.path.clone(), id: id.clone() });
    }

    /// Notes a problem, for synthesis to report.
    pub(crate) fn report(&mut self, problem: Problem) {
        self.stack.problems.push(problem);
    }

    /// The path of a construct of this scope.
    pub(crate) fn path_of(&self, name: &str) -> Path {
        self.path.child(name)
    }
}
