//! The binary `headwater`. All of it is in the library beside it, so that the benches are built with just its features.

fn main() -> std::process::ExitCode {
    headwater_cli::main()
}
