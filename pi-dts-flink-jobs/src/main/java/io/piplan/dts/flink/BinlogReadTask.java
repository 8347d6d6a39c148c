package io.piplan.dts.flink;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventData;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer.EventDataWrapper;
import io.debezium.connector.mysql.MySqlOffsetContext;
import io.debezium.connector.mysql.MySqlPartition;
import io.debezium.connector.mysql.MySqlStreamingChangeEventSourceMetrics;
import io.piplan.dts.binlog.RawEvent;
import io.piplan.dts.jdbc.MySqlServer;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.flink.cdc.connectors.mysql.debezium.task.MySqlBinlogSplitReadTask;
import org.apache.flink.cdc.connectors.mysql.debezium.task.context.StatefulTaskContext;
import org.apache.flink.cdc.connectors.mysql.source.split.MySqlBinlogSplit;

/**
 * Flink CDC's binlog task with its hands off the events: it connects, authenticates, negotiates TLS
 * and GTIDs, and passes each event on as bytes. Turning rows into Debezium's records and those into
 * ours would cost several times what reading costs, and would lose values on the way.
 */
final class BinlogReadTask extends MySqlBinlogSplitReadTask {
  private final Consumer<RawEvent> events;

  BinlogReadTask(
      StatefulTaskContext context,
      MySqlBinlogSplit split,
      MySqlServer server,
      Duration heartbeat,
      Consumer<RawEvent> events) {
    super(
        context.getConnectorConfig(),
        context.getConnection(),
        context.getDispatcher(),
        context.getSignalEventDispatcher(),
        context.getErrorHandler(),
        StatefulTaskContext.getClock(),
        context.getTaskContext(),
        (MySqlStreamingChangeEventSourceMetrics) context.getStreamingChangeEventSourceMetrics(),
        split,
        event -> true);
    this.events = events;
    // The super constructor has set up the client its own way; these are ours.
    BinaryLogClient client = context.getBinaryLogClient();
    client.setEventDeserializer(new RawEventDeserializer());
    client.setHeartbeatInterval(heartbeat.toMillis());
    BinlogClient.useOwnSockets(client, server);
  }

  @Override
  protected void handleEvent(
      MySqlPartition partition, MySqlOffsetContext offsetContext, Event event) {
    EventData data = event.getData();
    RawEventData raw =
        (RawEventData) (data instanceof EventDataWrapper wrapper ? wrapper.getExternal() : data);
    events.accept(raw.event());
  }
}
