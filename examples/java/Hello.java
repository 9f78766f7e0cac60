/** Prints the version of Java, which needs the class library and the files of the runtime. */
public final class Hello {
    private Hello() {}

    public static void main(String[] args) throws Exception {
        var home = java.nio.file.Path.of(System.getProperty("java.home"));
        var zone = java.time.ZoneId.of("Asia/Shanghai").getRules().getStandardOffset(java.time.Instant.EPOCH);
        System.out.println("Java " + Runtime.version().feature() + " says hello from " + home + ", at " + zone);
    }
}
