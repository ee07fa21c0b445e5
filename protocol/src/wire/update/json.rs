//! JSON text inside an update, checked without building what it says.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::wire::WireError;

/// Checks that a text is one JSON value that `yrs` reads as well: nested no deeper than `serde_json`
/// follows (128 levels), with integers that fit into 64 bits.
///
/// # Errors
/// [`WireError::NotJson`].
pub(super) fn check_json(text: &str) -> Result<(), WireError> {
    // Nearly all of it is marks being switched on and off.
    if matches!(text, "null" | "true" | "{}") {
        return Ok(());
    }
    serde_json::from_str::<Json>(text).map(drop).or(Err(WireError::NotJson))
}

/// Some JSON value. Reading it as `serde::de::IgnoredAny` would pass over escapes without a look.
struct Json;

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a json value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json)
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<Json, E> {
        Ok(Json)
    }

    fn visit_i64<E: Error>(self, _value: i64) -> Result<Json, E> {
        Ok(Json)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        i64::try_from(value).map(|_| Json).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<Json, E> {
        Ok(Json)
    }

    fn visit_str<E: Error>(self, _value: &str) -> Result<Json, E> {
        Ok(Json)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Json, A::Error> {
        while elements.next_element::<Json>()?.is_some() {}
        Ok(Json)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        while entries.next_entry::<Json, Json>()?.is_some() {}
        Ok(Json)
    }
}

#[cfg(test)]
mod tests {
    use yrs::Any;

    use super::*;

    #[test]
    fn it_agrees_with_yrs() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        let texts = [
            "null",
            "true",
            "false",
            "{}",
            "[]",
            "\"\"",
            "0",
            "-1.5e3",
            "1e400",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "-9223372036854775808",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\u12\"",
            "\"\\x\"",
            "",
            " null ",
            "nul",
            "undefined",
            "NaN",
            "{\"a\":[1,{\"b\":null}]}",
            "{\"a\":1,\"a\":2}",
            "{a:1}",
            "{\"a\"}",
            "[1,]",
            "[1 2]",
            "null null",
            "\"\n\"",
            "01",
            "+1",
            "1.",
            "{1:2}",
            "{null:2}",
        ];

        for text in texts.map(str::to_owned).into_iter().chain([deep(100), deep(127), deep(128), deep(100_000)]) {
            assert_eq!(check_json(&text).is_ok(), Any::from_json(&text).is_ok(), "{text}");
        }
    }
}
