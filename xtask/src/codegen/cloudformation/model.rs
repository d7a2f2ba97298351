//! What is generated for a resource type: its structures, enumerations and attributes.

use std::collections::{BTreeMap, BTreeSet};

use miette::{Result, bail, miette};
use serde_json::Value;

use super::bounds::Bounds;
use super::schema::{Additional, Document, Kind, Node};
use super::{names, schema};

#[derive(Debug)]
pub(super) struct Resource {
    /// `AWS::S3::Bucket`.
    pub(super) type_name: String,
    /// `S3`.
    pub(super) service: String,
    /// The resource's own properties, under its name.
    pub(super) structure: Structure,
    /// Its nested structures, by name.
    pub(super) structures: BTreeMap<String, Structure>,
    /// Its enumerations' values, by name.
    pub(super) enumerations: BTreeMap<String, Vec<String>>,
    /// What `Fn::GetAtt` yields, by the attribute's name.
    pub(super) attributes: BTreeMap<String, Type>,
    /// The property that names the resource in the account.
    pub(super) name_property: Option<String>,
    /// The properties whose change replaces the resource, as paths: `BucketName`, `DnsOptions/PrivateDnsPreference`.
    pub(super) create_only: Vec<String>,
    pub(super) tags: Option<Tags>,
}

#[derive(Debug, Default)]
pub(super) struct Structure {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    /// Its name in templates.
    pub(super) property: String,
    /// Its name in Rust.
    pub(super) name: String,
    pub(super) r#type: Type,
    pub(super) presence: Presence,
    pub(super) bounds: Bounds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Arn,
    Boolean,
    Enumeration(String),
    Integer,
    Json,
    List(Box<Type>),
    Map(Box<Type>),
    Number,
    /// A structure that contains itself.
    Recursive(String),
    String,
    Structure(String),
}

#[derive(Debug)]
pub(super) struct Tags {
    pub(super) field: String,
    pub(super) presence: Presence,
    pub(super) shape: TagShape,
}

#[derive(Debug)]
pub(super) enum TagShape {
    /// Structures with a `Key` and a `Value`.
    List {
        tag: String,
        key: Presence,
        value: Presence,
    },
    Map,
    Json,
}

impl Resource {
    pub(super) fn build(mut document: Document) -> Result<Self> {
        let type_name = document.type_name.clone();
        let [_, service, name] = type_name.split("::").collect::<Vec<_>>()[..] else {
            bail!("`{type_name}` does not have three parts");
        };
        let attributes = attributes(&document)?;
        schema::remove_read_only(&mut document);
        let mut builder = Builder::new(&document.definitions);
        let mut structure = builder.fields(name, "", &document.properties, &document.required)?;
        let Builder { mut structures, enumerations, .. } = builder;
        box_recursive(&mut structures);
        structure.fields.sort_by(|left, right| left.property.cmp(&right.property));
        let tags = tags(&document, &structure, &structures);
        if let Some(hidden) =
            structures.keys().chain(enumerations.keys()).find(|name| names::IMPORTED.contains(&name.as_str()))
        {
            bail!("the nested type `{hidden}` would hide a name that every generated module imports");
        }
        Ok(Self {
            service: service.to_owned(),
            name_property: name_property(&document, name),
            create_only: create_only(&document),
            type_name: type_name.clone(),
            structure,
            structures,
            enumerations,
            attributes,
            tags,
        })
    }
}

/// Collects the types that a resource's properties reach.
struct Builder<'a> {
    definitions: &'a BTreeMap<String, Node>,
    structures: BTreeMap<String, Structure>,
    enumerations: BTreeMap<String, Vec<String>>,
}

impl<'a> Builder<'a> {
    fn new(definitions: &'a BTreeMap<String, Node>) -> Self {
        Self { definitions, structures: BTreeMap::new(), enumerations: BTreeMap::new() }
    }

    /// A structure's fields; `prefix` begins the names of the types that its properties define in place.
    fn fields(
        &mut self,
        name: &str,
        prefix: &str,
        properties: &BTreeMap<String, Node>,
        required: &[String],
    ) -> Result<Structure> {
        let mut structure = Structure { name: name.to_owned(), fields: Vec::new() };
        for (property, node) in properties {
            let (r#type, bounds) = self.resolve(node, &names::type_name(&format!("{prefix}{property}")))?;
            let presence = if required.contains(property) { Presence::Required } else { Presence::Optional };
            let field = names::field(property);
            structure.fields.push(Field { property: property.clone(), name: field, r#type, presence, bounds });
        }
        Ok(structure)
    }

    /// The type of a property, and its bounds; a type that it defines in place is called `name`.
    fn resolve(&mut self, node: &Node, name: &str) -> Result<(Type, Bounds)> {
        if let Some(definition) = node.definition() {
            let found = self.definitions.get(definition).ok_or_else(|| miette!("no definition `{definition}`"))?;
            return self.resolve(&found.bounded_by(node), &names::type_name(definition));
        }
        if node.is_structure() {
            self.structure(node, name)?;
            return Ok((Type::Structure(name.to_owned()), Bounds::default()));
        }
        if let Some(alternative) =
            [&node.any_of, &node.one_of].into_iter().flatten().find(|node| node.reference.is_some())
        {
            return self.resolve(&alternative.bounded_by(node), name);
        }
        let scalar = |kind| node.kinds().contains(&kind);
        if scalar(Kind::Object) && !scalar(Kind::Boolean) {
            return self.map(node, name);
        }
        if scalar(Kind::Array) && !scalar(Kind::String) || node.items.is_some() {
            let item = node.items.as_deref().cloned().unwrap_or_default();
            let (item, bounds) = self.resolve(&item, name)?;
            return Ok((Type::List(Box::new(item)), Bounds::collection(node, bounds)));
        }
        Ok(match node.kinds() {
            [Kind::Boolean] => (Type::Boolean, Bounds::default()),
            [Kind::Integer] => (Type::Integer, Bounds::number(node)),
            [Kind::Number] => (Type::Number, Bounds::number(node)),
            [] if node.enumeration.is_empty() && node.one_of.is_empty() && node.any_of.is_empty() => {
                (Type::Json, Bounds::default())
            }
            _ => match texts(node) {
                values if values.is_empty() => (Type::String, Bounds::text(node)),
                values => {
                    self.enumeration(name, values)?;
                    (Type::Enumeration(name.to_owned()), Bounds::default())
                }
            },
        })
    }

    /// An object whose properties have no fixed names: typed when the schema types their values.
    fn map(&mut self, node: &Node, name: &str) -> Result<(Type, Bounds)> {
        let additional = match &node.additional_properties {
            Some(Additional::Schema(node)) => Some(node.as_ref()),
            _ => None,
        };
        let Some(value) = node.pattern_properties.values().next().or(additional) else {
            return Ok((Type::Json, Bounds::default()));
        };
        let (value, bounds) = self.resolve(value, name)?;
        Ok((Type::Map(Box::new(value)), Bounds::collection(node, bounds)))
    }

    fn structure(&mut self, node: &Node, name: &str) -> Result<()> {
        if self.structures.contains_key(name) {
            return Ok(());
        }
        self.structures.insert(name.to_owned(), Structure::default());
        let (members, required) = node.members();
        let structure = self.fields(name, name, &members, &required)?;
        self.structures.insert(name.to_owned(), structure);
        Ok(())
    }

    fn enumeration(&mut self, name: &str, values: Vec<String>) -> Result<()> {
        match self.enumerations.get(name) {
            Some(found) if *found != values => bail!("two enumerations are called `{name}`"),
            _ => self.enumerations.insert(name.to_owned(), values),
        };
        Ok(())
    }
}

/// The texts that a node allows, when it lists them; some schemas list them in a pattern.
fn texts(node: &Node) -> Vec<String> {
    let word = |word: &str| word.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character));
    let pattern = node.pattern.as_deref().and_then(|pattern| pattern.strip_prefix("^(")?.strip_suffix(")$"));
    let mut texts: Vec<String> = Vec::new();
    let listed = node.enumeration.iter().chain(&node.constant).filter_map(Value::as_str);
    let spelled =
        pattern.filter(|pattern| pattern.split('|').all(word)).into_iter().flat_map(|pattern| pattern.split('|'));
    for text in listed.chain(spelled) {
        if !texts.iter().any(|found| found == text) {
            texts.push(text.to_owned());
        }
    }
    texts
}

/// Boxes every field through which a structure would contain itself.
fn box_recursive(structures: &mut BTreeMap<String, Structure>) {
    let direct: BTreeMap<String, BTreeSet<String>> = structures
        .iter()
        .map(|(name, structure)| {
            let inner = structure.fields.iter().filter_map(|field| match &field.r#type {
                Type::Structure(inner) => Some(inner.clone()),
                _ => None,
            });
            (name.clone(), inner.collect())
        })
        .collect();
    for (name, structure) in structures {
        for field in &mut structure.fields {
            if let Type::Structure(inner) = &field.r#type
                && reaches(&direct, inner, name)
            {
                field.r#type = Type::Recursive(inner.clone());
            }
        }
    }
}

fn reaches(direct: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            open.extend(direct.get(name).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

/// The attributes that `Fn::GetAtt` can read: the read-only properties that hold no structure.
fn attributes(document: &Document) -> Result<BTreeMap<String, Type>> {
    let mut attributes = BTreeMap::new();
    for path in document.read_only_properties.iter().filter_map(|path| path.strip_prefix("/properties/")) {
        let segments: Vec<&str> = path.split('/').collect();
        if segments.contains(&"*") {
            continue;
        }
        let Some(node) = schema::find(document, &segments) else {
            bail!("the read-only property `{path}` is not among the properties");
        };
        let mut builder = Builder::new(&document.definitions);
        let r#type = match builder.resolve(&node, "")?.0 {
            Type::Structure(_) | Type::Recursive(_) => continue,
            Type::String | Type::Enumeration(_) if is_arn(path) => Type::Arn,
            Type::Enumeration(_) => Type::String,
            Type::List(item) if matches!(*item, Type::Structure(_)) => Type::List(Box::new(Type::Json)),
            r#type => r#type,
        };
        attributes.insert(segments.join("."), r#type);
    }
    Ok(attributes)
}

/// The properties whose change replaces the resource, sorted.
fn create_only(document: &Document) -> Vec<String> {
    let paths = document.create_only_properties.iter().filter_map(|path| path.strip_prefix("/properties/"));
    let mut paths: Vec<String> = paths.map(str::to_owned).collect();
    paths.sort();
    paths
}

/// Whether an attribute's name says that it is an ARN: `Arn`, `StreamArn`, `ArnForPolicy`.
fn is_arn(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    names::field(name).split('_').any(|word| word == "arn")
}

/// The property by whose value the resource is distinguished from others of its type.
///
/// That is the primary identifier where the template sets it. Where it does not (the identifier is an ARN), it is a
/// property that is called a name and cannot change without replacing the resource.
fn name_property(document: &Document, resource: &str) -> Option<String> {
    let property = |path: &String| path.strip_prefix("/properties/").unwrap_or(path).to_owned();
    let [identifier] = document.primary_identifier.as_slice() else { return None };
    let identifier = property(identifier);
    if document.properties.contains_key(&identifier) {
        return (identifier == "Id" || identifier.ends_with("Name")).then_some(identifier);
    }
    [format!("{resource}Name"), "Name".to_owned()].into_iter().find(|name| {
        document.properties.contains_key(name)
            && document.create_only_properties.iter().map(property).any(|path| path == *name)
    })
}

fn tags(document: &Document, resource: &Structure, structures: &BTreeMap<String, Structure>) -> Option<Tags> {
    let property = document.tagging.as_ref().and_then(|tagging| tagging.tag_property.as_deref());
    let property = property.and_then(|path| path.strip_prefix("/properties/")).unwrap_or("Tags");
    let field = resource.fields.iter().find(|field| field.property == property)?;
    let shape = match &field.r#type {
        Type::Json => TagShape::Json,
        Type::Map(value) if **value == Type::String => TagShape::Map,
        Type::List(item) => {
            let Type::Structure(tag) = &**item else { return None };
            let member = |name: &str| {
                structures.get(tag)?.fields.iter().find(|field| field.property == name).map(|field| field.presence)
            };
            TagShape::List { tag: tag.clone(), key: member("Key")?, value: member("Value")? }
        }
        _ => return None,
    };
    Some(Tags { field: field.name.clone(), presence: field.presence, shape })
}
