package io.piplan.dts.flink;

import io.piplan.dts.StreamElement;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** All kinds of {@link StreamElement}, by {@link StreamElementSerializer}. */
public final class StreamElementTypeInfo extends TypeInformation<StreamElement> {
  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<StreamElement> getTypeClass() {
    return StreamElement.class;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<StreamElement> createSerializer(SerializerConfig config) {
    return new StreamElementSerializer();
  }

  @Override
  @Deprecated
  @SuppressWarnings("InlineMeSuggester") // Flink's interface still asks for it.
  public TypeSerializer<StreamElement> createSerializer(ExecutionConfig config) {
    return new StreamElementSerializer();
  }

  @Override
  public String toString() {
    return "StreamElement";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StreamElementTypeInfo;
  }

  @Override
  public int hashCode() {
    return StreamElementTypeInfo.class.hashCode();
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof StreamElementTypeInfo;
  }
}
