package io.piplan.dts.job;

import io.piplan.dts.StartPosition;

/** Start positions as one word, to hand them to a job's main. */
final class StartText {
  private StartText() {}

  static String format(StartPosition start) {
    if (start instanceof StartPosition.FileAndPosition at) {
      return "file:"
          + at.file()
          + ":"
          + at.position()
          + (at.gtids().isEmpty() ? "" : " " + at.gtids());
    }
    if (start instanceof StartPosition.Gtid gtid) {
      return "gtid:" + gtid.set();
    }
    if (start instanceof StartPosition.Timestamp at) {
      return "timestamp:" + at.epochMillis();
    }
    return start instanceof StartPosition.Earliest ? "earliest" : "latest";
  }

  static StartPosition parse(String text) {
    String value = text.substring(text.indexOf(':') + 1);
    if (text.startsWith("file:")) {
      String[] parts = value.split(" ", 2);
      int colon = parts[0].lastIndexOf(':');
      return new StartPosition.FileAndPosition(
          parts[0].substring(0, colon),
          Long.parseLong(parts[0].substring(colon + 1)),
          parts.length == 1 ? "" : parts[1]);
    }
    if (text.startsWith("gtid:")) {
      return new StartPosition.Gtid(value);
    }
    if (text.startsWith("timestamp:")) {
      return new StartPosition.Timestamp(Long.parseLong(value));
    }
    return text.equals("earliest") ? new StartPosition.Earliest() : new StartPosition.Latest();
  }
}
