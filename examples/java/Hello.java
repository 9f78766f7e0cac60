/** Prints which Java it is, which takes the class library and its own files. */
public final class Hello {
    private Hello() {}

    public static void main(String[] args) throws Exception {
        var home = java.nio.file.Path.of(System.getProperty("java.home"));
        var zone = java.time.ZoneId.of("Asia/Shanghai").getRules().getStandardOffset(java.time.Instant.EPOCH);
        System.out.println("Java " + Runtime.version().feature() + " says hello from " + home + ", at " + zone);
    }
}
