//! What every enumeration of the service shares: its texts, and reading and writing them.

/// An enumeration of the service.
pub trait Choice: HasIndex + 'static {
    /// Every value, in the service's order.
    const ALL: &'static [Self];
    /// The text of every value, in the order of [`Choice::ALL`].
    const NAMES: &'static [&'static str];

    /// The value that has this text.
    #[must_use]
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).map(|at| Self::ALL[at])
    }

    /// The text of this value, as the service writes it.
    #[must_use]
    fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// A value that knows its place in a list; kept apart from [`Choice`] so that the generator writes only the lists.
pub trait HasIndex: Copy {
    /// The place of this value in [`Choice::ALL`].
    #[must_use]
    fn index(self) -> usize;
}

/// Implements what a [`Choice`] cannot give by default: the index, `Display` and serde.
macro_rules! choice {
    ($type:ident) => {
        impl $crate::choice::HasIndex for $type {
            fn index(self) -> usize {
                self as usize
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::from_name(&text).ok_or_else(|| serde::de::Error::unknown_variant(&text, Self::NAMES))
            }
        }
    };
}
pub(crate) use choice;
