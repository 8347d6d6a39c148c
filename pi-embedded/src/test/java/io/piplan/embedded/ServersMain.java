package io.piplan.embedded;

/** Starts servers, tells their process ids and waits until its input ends. */
final class ServersMain {
  private ServersMain() {}

  public static void main(String[] arguments) throws Exception {
    EmbeddedDatabase mariaDb = EmbeddedMariaDb.start(MySqlOptions.defaults());
    EmbeddedDatabase postgres = EmbeddedPg.start();
    System.out.println("server " + mariaDb.pid());
    System.out.println("server " + postgres.pid());
    while (System.in.read() >= 0) {
      continue;
    }
  }
}
