package io.piplan.dts.flink;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import io.piplan.dts.DtsException;
import java.io.EOFException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Hears of what goes wrong on a binlog client's own thread. */
final class ClientListener extends BinaryLogClient.AbstractLifecycleListener {
  private final Supplier<BinlogFailures> failures;
  private final Consumer<DtsException> failed;
  private final boolean endless;

  /**
   * @param failures what to make of it, asked when it happens
   * @param endless whether the stream's end is a failure too
   */
  ClientListener(
      Supplier<BinlogFailures> failures, Consumer<DtsException> failed, boolean endless) {
    this.failures = failures;
    this.failed = failed;
    this.endless = endless;
  }

  @Override
  public void onCommunicationFailure(BinaryLogClient client, Exception e) {
    fail(e);
  }

  @Override
  public void onEventDeserializationFailure(BinaryLogClient client, Exception e) {
    fail(e);
  }

  @Override
  public void onDisconnect(BinaryLogClient client) {
    if (endless) {
      fail(new EOFException("the server ended the stream"));
    }
  }

  private void fail(Exception e) {
    failed.accept(failures.get().of(e));
  }
}
