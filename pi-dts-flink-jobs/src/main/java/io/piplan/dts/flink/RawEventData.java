package io.piplan.dts.flink;

import com.github.shyiko.mysql.binlog.event.EventData;
import io.piplan.dts.binlog.RawEvent;

/** Our event inside of one of the client's. */
record RawEventData(RawEvent event) implements EventData {}
