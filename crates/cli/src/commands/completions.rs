//! `headwater completions`: a script for the user's shell, made from the same list as help.

use crate::args::CompletionsArgs;
use crate::errors::Failure;
use crate::setup::Setup;

pub(super) fn run(args: &CompletionsArgs, setup: &Setup) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::args::command(), "headwater", &mut script);
    super::answer_page(setup, &String::from_utf8_lossy(&script))
}
