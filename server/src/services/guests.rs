//! Guests: callers without an account. What others see of a guest follows from its id alone.

use protocol::{
    ids::PrincipalId,
    principal::{Principal, PrincipalKind},
};

const MANNERS: [&str; 16] = [
    "Brave", "Calm", "Clever", "Curious", "Eager", "Gentle", "Happy", "Honest", "Jolly", "Kind", "Lively", "Merry",
    "Nimble", "Patient", "Quiet", "Witty",
];
const ANIMALS: [&str; 16] = [
    "Badger", "Beaver", "Crane", "Dolphin", "Finch", "Fox", "Heron", "Hedgehog", "Lynx", "Marten", "Otter", "Owl",
    "Panda", "Puffin", "Robin", "Seal",
];
/// White text on each has a contrast of at least 4.5 (WCAG 2.2 §1.4.3).
const COLORS: [&str; 12] = [
    "#b91c1c", "#c2410c", "#a16207", "#4d7c0f", "#15803d", "#0f766e", "#0e7490", "#1d4ed8", "#4338ca", "#7e22ce",
    "#a21caf", "#be185d",
];

/// The guest with this id; the same name and colour every time.
pub fn guest(id: PrincipalId) -> Principal {
    // The last bytes of a UUIDv7 are random (RFC 9562 §5.7).
    let [.., manner, animal, _color] = *id.as_uuid().as_bytes();
    let name = format!("{} {}", pick(&MANNERS, manner), pick(&ANIMALS, animal));
    Principal { id, kind: PrincipalKind::Guest, name, color: color(id) }
}

/// The colour of somebody's caret; the same every time.
pub fn color(id: PrincipalId) -> String {
    let [.., color] = *id.as_uuid().as_bytes();
    pick(&COLORS, color).to_owned()
}

fn pick<'a>(choices: &[&'a str], byte: u8) -> &'a str {
    choices[usize::from(byte) % choices.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_is_always_seen_as_the_same() {
        let id = PrincipalId::new();

        assert_eq!(guest(id), guest(id));
    }

    #[test]
    fn white_text_can_be_read_on_every_color() {
        for color in COLORS {
            let channel = |at: usize| {
                let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            let luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
            assert!(1.05 / (luminance + 0.05) >= 4.5, "{color}");
        }
    }
}
