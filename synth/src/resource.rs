//! Resources, and the handles that refer to them.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use crate::logical_id::LogicalId;
use crate::value::{Checker, Intrinsic, Json, Property, Value};

/// A resource type, as generated from its registry schema.
pub trait Resource: Property + fmt::Debug + Clone + 'static {
    /// Its type's name: `AWS::S3::Bucket`.
    fn type_name(&self) -> &str;

    /// The property that names the resource in the account, where the template may set it: `BucketName`.
    fn name_property(&self) -> Option<&'static str> {
        None
    }

    /// Adds tags that it does not have yet; types without tags ignore them.
    fn merge_tags(&mut self, _tags: &BTreeMap<String, String>) {}
}

/// A resource of a stack, to refer to.
pub struct Handle<R: ?Sized> {
    id: LogicalId,
    resource: PhantomData<fn() -> Box<R>>,
}

impl<R: ?Sized> Handle<R> {
    pub(crate) fn new(id: LogicalId) -> Self {
        Self { id, resource: PhantomData }
    }

    /// The resource's logical ID.
    pub fn id(&self) -> &LogicalId {
        &self.id
    }

    /// `Ref`: what it yields depends on the resource type; usually the physical ID.
    pub fn reference<T>(&self) -> Value<T> {
        Value::Intrinsic(Intrinsic::Ref(self.id.clone()))
    }

    /// `Fn::GetAtt`, for attributes that have no getter of their own (custom resources).
    pub fn attribute<T>(&self, name: &str) -> Value<T> {
        Value::Intrinsic(Intrinsic::GetAtt(self.id.clone(), name.to_owned()))
    }
}

impl<R: ?Sized> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Self::new(self.id.clone())
    }
}

impl<R: ?Sized> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.id)
    }
}

/// The escape hatch: a resource of any type, with untyped properties.
///
/// Custom resources are written with it too. Nothing is checked but its references.
#[derive(Debug, Clone)]
pub struct RawResource {
    type_name: String,
    properties: Json,
}

impl RawResource {
    /// A resource from its type's name and its properties.
    pub fn new<K: Into<String>>(type_name: &str, properties: impl IntoIterator<Item = (K, Json)>) -> Self {
        Self { type_name: type_name.to_owned(), properties: Json::object(properties) }
    }
}

impl Property for RawResource {
    fn to_json(&self, _: &mut Checker) -> Json {
        self.properties.clone()
    }
}

impl Resource for RawResource {
    fn type_name(&self) -> &str {
        &self.type_name
    }
}

/// A resource whose concrete type is known only to its owner.
pub(crate) trait AnyResource: Any + fmt::Debug {
    fn type_name(&self) -> &str;
    fn name_property(&self) -> Option<&'static str>;
    /// The properties with the stack's tags among them.
    fn tagged_json(&self, tags: &BTreeMap<String, String>, checker: &mut Checker) -> Json;
}

impl<R: Resource> AnyResource for R {
    fn type_name(&self) -> &str {
        Resource::type_name(self)
    }

    fn name_property(&self) -> Option<&'static str> {
        Resource::name_property(self)
    }

    fn tagged_json(&self, tags: &BTreeMap<String, String>, checker: &mut Checker) -> Json {
        if tags.is_empty() {
            return self.to_json(checker);
        }
        let mut tagged = self.clone();
        tagged.merge_tags(tags);
        tagged.to_json(checker)
    }
}
