//! What every enumeration of the service shares: its texts, and reading and writing them.

/// An enumeration of the service.
pub trait Choice: Copy + 'static {
    /// Every value, in the service's order.
    const ALL: &'static [Self];
    /// The text of every value, in the order of [`Choice::ALL`].
    const NAMES: &'static [&'static str];

    /// The text of this value, as the service writes it.
    fn name(self) -> &'static str;

    /// The value that has this text.
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).map(|at| Self::ALL[at])
    }

    /// The value of another enumeration that has the same text.
    fn widened<T: Choice>(self) -> Option<T> {
        T::from_name(self.name())
    }
}

/// Declares a [`Choice`] with the text of each value.
macro_rules! choice {
    (pub enum $type:ident { $($variant:ident = $text:literal),* }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type { $($variant),* }

        impl Choice for $type {
            const ALL: &'static [Self] = &[$(Self::$variant),*];
            const NAMES: &'static [&'static str] = &[$($text),*];

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
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
