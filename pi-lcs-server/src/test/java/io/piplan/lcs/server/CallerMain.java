package io.piplan.lcs.server;

import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.client.LcsSequence;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Callers in a process of their own, which can be stopped: {@code servers sequence threads}. When
 * its input ends it prints what they were given, a line each, and at last a line that says so.
 */
final class CallerMain {
  static final String END = "end";

  private CallerMain() {}

  public static void main(String[] arguments) throws Exception {
    List<List<NumberHistory.Given>> all = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    boolean[] stop = new boolean[1];
    try (LcsClient client =
        LcsClient.builder().servers(arguments[0]).callTimeout(Duration.ofSeconds(60)).build()) {
      LcsSequence numbers = client.sequence(arguments[1]);
      numbers.next();
      for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
        List<NumberHistory.Given> mine = new ArrayList<>();
        all.add(mine);
        Thread thread = new Thread(() -> ask(numbers, mine, stop));
        threads.add(thread);
        thread.start();
      }
      System.out.println("asks");
      System.in.transferTo(OutputStream.nullOutputStream());
      stop[0] = true;
      for (Thread thread : threads) {
        thread.join();
      }
    }
    for (List<NumberHistory.Given> mine : all) {
      for (NumberHistory.Given one : mine) {
        System.out.println(one.begin() + " " + one.end() + " " + one.first() + " " + one.count());
      }
    }
    System.out.println(END);
  }

  private static void ask(LcsSequence numbers, List<NumberHistory.Given> mine, boolean[] stop) {
    try {
      while (!stop[0]) {
        long begin = System.nanoTime();
        long number = numbers.next();
        mine.add(new NumberHistory.Given(begin, System.nanoTime(), number, 1));
        Thread.sleep(0, 300_000);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } catch (RuntimeException e) {
      // The line that is missing says that something went wrong, this says what.
      e.printStackTrace(System.out);
      Runtime.getRuntime().halt(1);
    }
  }
}
