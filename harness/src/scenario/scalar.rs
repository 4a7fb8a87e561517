//! Values that are spelled as one scalar, and the words that some of them are.

/// A value that is spelled as one scalar, once the columns of a table are filled in.
pub trait Scalar: Sized {
    /// What is expected, as in "expected ...".
    const EXPECTED: &'static str;

    /// The value spelled so, or `None`.
    fn read(text: &str) -> Option<Self>;

    /// All spellings, where they can be listed.
    fn words() -> &'static [&'static str] {
        &[]
    }

    /// A regular expression for the spellings, where they cannot be listed.
    fn pattern() -> Option<&'static str> {
        None
    }
}

/// A value that is one of several words.
pub trait Word: Scalar + Copy {
    /// How it is spelled in a page.
    fn word(self) -> &'static str;
}

/// Declares an enumeration and how its variants are spelled in a page.
macro_rules! words {
    (
        $(#[$doc:meta])*
        $visibility:vis $name:ident, $expected:literal { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $visibility enum $name {
            $($(#[$word_doc])* $variant,)*
        }

        impl $crate::scenario::scalar::Scalar for $name {
            const EXPECTED: &'static str = $expected;

            fn read(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            fn words() -> &'static [&'static str] {
                &[$($word),*]
            }
        }

        impl $crate::scenario::scalar::Word for $name {
            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}
pub(crate) use words;
