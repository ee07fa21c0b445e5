//! Names that people choose for themselves and for what they make.

/// A name others can read, without the spaces around it: of 1 to `max_chars` characters, on one line.
pub(super) fn checked(name: &str, max_chars: usize) -> Option<&str> {
    let name = name.trim();
    let is_readable = !name.is_empty() && name.chars().count() <= max_chars && !name.chars().any(char::is_control);
    is_readable.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_something_to_read_on_one_line() {
        assert_eq!(checked(" Ada ", 3), Some("Ada"));
        for wrong in ["", "  ", "Adas", "A\0", "A\nb"] {
            assert_eq!(checked(wrong, 3), None, "{wrong:?}");
        }
    }
}
