package io.piplan.proxy.server;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.ErrPacket;
import java.util.function.Consumer;

/** KILL of one session by another of the same user, or by an administrator. */
final class Kill {
  private final Sessions sessions;
  private final Session killer;

  Kill(Sessions sessions, Session killer) {
    this.sessions = sessions;
    this.killer = killer;
  }

  /**
   * @param answer given null, or why not; on the killer's event loop
   */
  void run(long id, boolean queryOnly, Consumer<ErrPacket> answer) {
    Session target = sessions.find(id).orElse(null);
    if (target == null) {
      answer.accept(refusal(ProxyError.NO_SUCH_SESSION, "Unknown thread id: " + id));
    } else if (!killer.isAdmin() && !target.user().equals(killer.user())) {
      answer.accept(
          refusal(
              ProxyError.NOT_YOUR_SESSION,
              "You are not owner of thread "
                  + id
                  + ": it is another user's; an administrator (\"admin\": true) may end it"));
    } else {
      target
          .worker()
          .loop()
          .execute(
              () ->
                  target.killed(
                      queryOnly,
                      target == killer,
                      error -> killer.worker().loop().execute(() -> answer.accept(error))));
    }
  }

  private static ErrPacket refusal(ProxyError error, String message) {
    return ErrPacket.of(new ProxyException(error, message));
  }
}
