package io.piplan.proxy.routed;

import java.io.IOException;
import java.io.InputStream;

/** A file that a client sends, for LOAD DATA LOCAL. Reads wait, and end if the client stalls. */
public abstract class ClientFile extends InputStream {

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public abstract int read(byte[] to, int from, int length) throws IOException;

  /** Drops what is left of it: a response can only come after its end. */
  public abstract void readToEnd() throws IOException;

  /** The number that the packet after the file must have. */
  public abstract int nextSequence();
}
