package io.piplan.dts.check;

import io.piplan.dts.Heartbeat;
import io.piplan.dts.ReaderName;
import io.piplan.dts.StartPosition;
import io.piplan.dts.jdbc.MySqlServer;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * How a definition reads the binlog of a source.
 *
 * @param reader who reads, for messages: the sync's or the job's name
 * @param databases whose changes it wants
 * @param serverId the replica id it uses
 * @param takenBy what else that is known here uses that id on that server
 * @param self what it calls itself at the server
 * @param runs tells whether it is known to run now, so that it has the id itself
 * @param start where reading begins; empty if wherever that is can't be gone yet
 * @param restored whether it goes on from a checkpoint, so that the start is only estimated
 * @param copies whether tables are copied as well
 * @param heartbeat what is written at the source, if anything is
 */
public record SourceUse(
    String reader,
    MySqlServer server,
    List<String> databases,
    long serverId,
    Optional<String> takenBy,
    ReaderName self,
    BooleanSupplier runs,
    Optional<StartPosition> start,
    boolean restored,
    boolean copies,
    Optional<Heartbeat> heartbeat) {
  public SourceUse {
    databases = List.copyOf(databases);
  }
}
