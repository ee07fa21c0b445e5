//! Where a sign-in leads back to.

use std::str::FromStr;

/// Bytes of a path at most: it travels in a cookie.
const MAX_PATH_BYTES: usize = 512;

/// A path of this server. No browser reads it as the address of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

/// The text does not name a path of this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a path of this server is expected: it begins with one slash")]
pub struct InvalidReturnTo;

impl ReturnTo {
    /// The path, with its query and fragment.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl FromStr for ReturnTo {
    type Err = InvalidReturnTo;

    /// Browsers read `\` as `/` and leave tabs and line breaks out (URL Standard §4.4): both are refused.
    fn from_str(text: &str) -> Result<Self, InvalidReturnTo> {
        let is_path = text.starts_with('/') && !text.contains("//") && !text.contains('\\');
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_path && is_plain && text.len() <= MAX_PATH_BYTES {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidReturnTo)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn a_path_of_this_server_is_accepted() {
        for path in ["/", "/pages/0198?x=1#y", "/invite/abc_-", "/a/../b"] {
            assert_eq!(path.parse::<ReturnTo>().unwrap().as_str(), path);
        }
    }

    #[test]
    fn what_may_lead_elsewhere_is_refused() {
        let long = format!("/{}", "a".repeat(MAX_PATH_BYTES));
        for text in [
            "",
            "pages",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a//evil.example",
            "/.//evil.example",
            "/%\0",
            "/ä",
            " /",
            &long,
        ] {
            assert_eq!(text.parse::<ReturnTo>(), Err(InvalidReturnTo), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_stays_on_this_server(text in "[/\\\\.a-z:@?#%\t ]{0,12}") {
            let here = Url::parse("https://gala.example.org/api/v1/auth").unwrap();

            if let Ok(path) = text.parse::<ReturnTo>() {
                prop_assert_eq!(here.join(path.as_str()).unwrap().origin(), here.origin());
            }
        }
    }
}
