//! Has the program built again when the page was: a file that comes is no change of one that is known.

fn main() {
    println!("cargo::rerun-if-changed=../../ui/dist");
}
