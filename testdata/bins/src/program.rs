// A program without Rust's standard library, which would add 300 kB.
#![no_std]
#![no_main]

#[link(name = "c")]
extern "C" {
    fn puts(text: *const u8) -> i32;
}

#[no_mangle]
pub extern "C" fn main() -> i32 {
    unsafe { puts(b"hello\0".as_ptr()) }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
