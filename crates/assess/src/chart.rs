//! Charts as inline SVG: pure functions of the model, the same bytes for the same facts.
//!
//! No script, no font, no colour of their own: shapes carry classes that the page's style sheet paints, so a chart
//! follows the reader into dark mode and onto paper. Every chart has a title and a description for those who do not see
//! it. Lengths are floats because they are drawn to a tenth of a pixel; the numbers printed beside them are exact.

mod bar;
mod flows;
mod interval;
mod matrix;
mod months;
mod series;
mod svg;

pub use bar::bar;
pub use flows::flows;
pub use interval::{interval, strip};
pub use matrix::matrix;
pub use months::months;
pub use series::series;

#[cfg(test)]
mod tests;
