package io.piplan.dts.verify;

import java.util.List;

/**
 * What a session has to be told so that statements that mend mean there what they should, whatever
 * its time zone, character set and modes were.
 *
 * @param settings statements to run first
 * @param remarks for a person
 * @param mark what a transaction begins with, so that a sync which reads B does not take it for a
 *     change of one of B's apps; empty if there is none to tell, then none has to be begun
 */
public record MendingSession(List<String> settings, List<String> remarks, List<String> mark) {
  public MendingSession {
    settings = List.copyOf(settings);
    remarks = List.copyOf(remarks);
    mark = List.copyOf(mark);
  }
}
