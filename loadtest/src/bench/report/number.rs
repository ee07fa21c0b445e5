//! Numbers as they are read.

/// Three digits that count, and never fewer than all before the point: `0.0123`, `4.56`, `1,234,567`.
pub(super) fn shown(value: f64) -> String {
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let decimals = (2 - magnitude).clamp(0, 4) as usize;
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = grouped(whole);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    format!("{sign}{}", groups.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_as_far_as_it_says_something() {
        let numbers = [0.0, 0.01234, 0.5, 4.561, 12.34, 123.4, 9_000.0, 1_234_567.8, -1_234.0];

        let shown = numbers.map(shown).join(" ");

        assert_eq!(shown, "0 0.0123 0.5 4.56 12.3 123 9,000 1,234,568 -1,234");
    }
}
