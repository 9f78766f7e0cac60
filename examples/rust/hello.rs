// Unwinds a panic and opens a socket. Programs made by rustc are linked with libgcc_s and
// libc, and the image has no other library.
use std::net::{TcpListener, ToSocketAddrs};
use std::{panic, thread};

fn main() {
    let caught = panic::catch_unwind(|| panic!("on purpose")).is_err();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let port = listener.local_addr().expect("its address").port();
    let resolved = ("localhost", port).to_socket_addrs().expect("localhost").count() > 0;
    let sum: u32 = thread::spawn(|| (1..=8).sum::<u32>() + 6).join().expect("a thread");
    println!("Rust says hello: panic caught {caught}, localhost resolved {resolved}, {sum}");
}
