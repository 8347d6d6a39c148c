package io.piplan.lcs.client;

import io.piplan.lcs.LcsException;

/**
 * Is told a number, or that there is none; one of both, once. Makes no garbage but one small object
 * for each call, unlike a future, and is meant for those who ask for millions of numbers a second.
 *
 * <p>Called on the client's only thread: what takes its time belongs elsewhere.
 */
public interface NumberReceiver {
  void number(long number);

  void failed(LcsException failure);
}
