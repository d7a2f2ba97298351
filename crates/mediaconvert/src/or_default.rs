//! Structures that read as their default when they are missing.

use std::ops::Deref;

use serde::Deserialize;

/// A structure that may be missing; its members are then missing too, and can be read all the same.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct OrDefault<T>(Option<Box<T>>);

/// A structure none of whose members is required.
pub trait Missing: Default + 'static {
    /// The structure without any member.
    fn missing() -> &'static Self;
}

impl<T> OrDefault<T> {
    /// The structure, if it is not missing.
    pub fn given(&self) -> Option<&T> {
        self.0.as_deref()
    }

    /// The structure, if it is not missing, to be changed.
    pub fn given_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }

    /// Whether it is not missing.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

impl<T: Missing> Deref for OrDefault<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.given().unwrap_or_else(|| T::missing())
    }
}

impl<T> From<T> for OrDefault<T> {
    fn from(structure: T) -> Self {
        Self(Some(Box::new(structure)))
    }
}

macro_rules! missing {
    ($type:ident) => {
        impl $crate::or_default::Missing for $type {
            fn missing() -> &'static Self {
                static MISSING: std::sync::LazyLock<$type> = std::sync::LazyLock::new(Default::default);
                &MISSING
            }
        }
    };
}
pub(crate) use missing;
