#!/usr/bin/env bash
# A standalone Flink cluster on this machine out of Maven artifacts: one job manager, N task managers, on 127.0.0.1.
#
#   standalone.sh start  [--dir DIR] [--port REST_PORT] [--task-managers N] [--slots N] [--set KEY=VALUE]...
#   standalone.sh status [--dir DIR]
#   standalone.sh submit [--dir DIR] [--jar JAR] [--class MAIN] [--from SAVEPOINT] [-- ARGUMENT...]
#   standalone.sh stop   [--dir DIR]
#
# DIR (default: .pi/flink in the project) holds configuration, logs, checkpoints and savepoints; several clusters may run,
# each in its own. Without --port it is 8081, or a free one if that is taken; `start` and `status` print it. When a part of a cluster has died,
# `start` starts just that part, with the settings it had. Jobs end with their job manager: `bin/pi sync start` goes on from
# the last checkpoint. Without --jar the job jar of this
# project is submitted, without --class the main class its manifest names.
# Exit code 0: done; 1: failed; 2: wrong usage; 3 (status): not running.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
die() { echo "standalone.sh: $1" >&2; exit "${2:-1}"; }
usage() { sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

action=${1:-}; shift || usage
dir=$project/.pi/flink port='' task_managers=1 slots=4 jar='' main='' from='' settings=() arguments=()
while (($#)); do
  case $1 in
    --) shift; arguments=("$@"); break ;;
    --dir | --port | --task-managers | --slots | --jar | --class | --from | --set)
      (($# > 1)) || die "$1 needs a value" 2
      case $1 in
        --dir) dir=$2 ;; --port) port=$2 ;; --task-managers) task_managers=$2 ;; --slots) slots=$2 ;;
        --jar) jar=$2 ;; --class) main=$2 ;; --from) from=$2 ;; --set) settings+=("$2") ;;
      esac
      shift 2 ;;
    *) die "unknown option $1" 2 ;;
  esac
done
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
port_given=$port
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v curl >/dev/null || die "curl is needed to ask the cluster (Debian: apt-get install curl)"

is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() { local p=$1; until is_free "$p"; do p=$((p + 1)); done; echo "$p"; }
rest() { echo "http://127.0.0.1:$(cat "$dir/rest.port")"; }
# A pid counts only as long as it is a process of this cluster: numbers are used again.
pid() { # name of a part
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 0
  if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "--configDir $dir/conf "; then echo "$pid"; fi
}
parts() { local file; for file in "$dir"/*.pid; do [[ ! -e $file ]] || basename "$file" .pid; done; }
pids() { local part; for part in $(parts); do pid "$part"; done; }
field() { sed -nE "s/.*\"$1\":\"?([^\",}]*).*/\1/p"; }

# The jars, once per state of the list and of the versions.
libraries() {
  local cache lib work
  cache=${PI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pi-plan}
  lib=$cache/flink-$( (cat "$here/pom.xml"; grep -E '<(flink|log4j)\.version>' "$project/pom.xml") | sha256sum | cut -c1-12)
  if [[ ! -d $lib ]]; then
    mkdir -p "$cache"
    work=$(mktemp -d "$lib.unfinished-XXXXXX")
    copy() { mvn "$@" -q -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work" -Dmdep.useRepositoryLayout=false; }
    copy -o >"$work.log" 2>&1 || copy >"$work.log" 2>&1 || { cat "$work.log" >&2; rm -rf "$work" "$work.log"; die "Maven cannot resolve Flink's jars"; }
    rm -f "$work.log"
    mv -T "$work" "$lib" 2>/dev/null || rm -rf "$work" # somebody else was faster
  fi
  echo "$lib"
}

configure() {
  mkdir -p "$dir"/{conf,log,checkpoints,savepoints,tmp,upload}
  {
    echo "jobmanager.rpc.address: 127.0.0.1"
    echo "jobmanager.rpc.port: $1"
    echo "jobmanager.bind-host: 127.0.0.1"
    echo "jobmanager.memory.process.size: 1024m"
    echo "rest.address: 127.0.0.1"
    echo "rest.bind-address: 127.0.0.1"
    echo "rest.port: $port"
    echo "rest.bind-port: \"$port\""
    echo "blob.server.port: \"0\""
    echo "taskmanager.host: 127.0.0.1"
    echo "taskmanager.bind-host: 127.0.0.1"
    echo "taskmanager.numberOfTaskSlots: $slots"
    # Without Flink's own start scripts every part of the memory has to be told.
    echo "taskmanager.cpu.cores: $slots.0"
    echo "taskmanager.memory.process.size: 1600m"
    echo "taskmanager.memory.framework.heap.size: 128m"
    echo "taskmanager.memory.framework.off-heap.size: 128m"
    echo "taskmanager.memory.task.heap.size: 672m"
    echo "taskmanager.memory.task.off-heap.size: 0m"
    echo "taskmanager.memory.managed.size: 64m"
    echo "taskmanager.memory.network.min: 96m"
    echo "taskmanager.memory.network.max: 96m"
    echo "taskmanager.memory.jvm-metaspace.size: 320m"
    echo "taskmanager.memory.jvm-overhead.min: 192m"
    echo "taskmanager.memory.jvm-overhead.max: 192m"
    echo "io.tmp.dirs: $dir/tmp"
    echo "web.upload.dir: $dir/upload"
    echo "execution.checkpointing.dir: file://$dir/checkpoints"
    echo "execution.checkpointing.savepoint-dir: file://$dir/savepoints"
    echo "execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION"
    # The job jar brings its own drivers, in its own version.
    echo "classloader.resolve-order: child-first"
    # docs/metrics.md. Each process takes the first port that is free; 9249 is for a Flink inside of bin/pi.
    echo "metrics.reporters: prom"
    echo "metrics.reporter.prom.factory.class: org.apache.flink.metrics.prometheus.PrometheusReporterFactory"
    echo "metrics.reporter.prom.port: 9250-9299"
    echo "metrics.reporter.prom.filterLabelValueCharacters: false"
  } >"$dir/conf/settings"
  # Every key once: what was given wins.
  { local s; for s in "${settings[@]:-}"; do [[ -n $s ]] && echo "${s%%=*}: ${s#*=}"; done; cat "$dir/conf/settings"; } \
    | awk -F': ' '!seen[$1]++' >"$dir/conf/config.yaml"
  cat >"$dir/conf/log4j2.properties" <<LOG
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = file
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = \${sys:log.file}
appender.file.filePattern = \${sys:log.file}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-40.40c{1.} [%t] %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 50MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 5
LOG
}

opens=()
for package in java.lang java.lang.reflect java.util java.util.concurrent java.util.concurrent.atomic \
  java.util.concurrent.locks java.net java.io java.nio java.text java.time sun.nio.ch; do
  opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
done

launch() { # name, heap, metaspace, class, further arguments
  local name=$1 heap=$2 metaspace=$3 class=$4; shift 4
  nohup setsid "$java" "-Xmx$heap" "-XX:MaxMetaspaceSize=$metaspace" -XX:+UseG1GC "${opens[@]}" \
    "-Dlog.file=$dir/log/$name.log" "-Dlog4j2.configurationFile=file:$dir/conf/log4j2.properties" \
    -cp "$lib/*" "$class" --configDir "$dir/conf" "$@" \
    >"$dir/log/$name.out" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}

megabytes() { sed -n "s/^taskmanager.memory.$1: \([0-9]*\)m$/\1/p" "$dir/conf/config.yaml"; } # of a part of a task manager's memory

launch_part() {
  case $1 in
    jobmanager) launch jobmanager 640m 256m org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint --executionMode cluster ;;
    *) launch "$1" "$(($(megabytes framework.heap.size) + $(megabytes task.heap.size)))m" "$(megabytes jvm-metaspace.size)m" org.apache.flink.runtime.taskexecutor.TaskManagerRunner ;;
  esac
}

start() {
  local part
  lib=$(libraries)
  if [[ -n $(pids) ]]; then
    local dead=()
    for part in $(parts); do [[ -n $(pid "$part") ]] || dead+=("$part"); done
    ((${#dead[@]})) || die "a cluster runs in $dir already, at $(rest)"
    for part in "${dead[@]}"; do launch_part "$part"; done
    await_slots || die "${dead[*]} did not come up; the logs are in $dir/log"
    return
  fi
  rm -f "$dir"/*.pid
  [[ -n $port ]] || port=8081
  is_free "$port" || [[ $port_given ]] || port=$(free_port $((8082 + RANDOM % 200)))
  is_free "$port" || die "port $port is taken"
  configure "$(free_port $((16100 + RANDOM % 10000)))"
  echo "$port" >"$dir/rest.port"
  launch_part jobmanager
  local i
  for ((i = 1; i <= task_managers; i++)); do launch_part "taskmanager-$i"; done
  await_slots && return
  stop
  die "the cluster did not come up; its logs are in $dir/log"
}

await_slots() {
  local expected i all
  all=$(parts | wc -l)
  # A task manager is known a moment before its slots are.
  expected=$(((all - 1) * $(sed -n 's/^taskmanager.numberOfTaskSlots: //p' "$dir/conf/config.yaml")))
  for ((i = 0; i < 240; i++)); do
    if curl -fsS -m 5 "$(rest)/overview" 2>/dev/null | grep -q "\"slots-total\":$expected,"; then status; return 0; fi
    [[ $(pids | wc -l) -eq $all ]] || break
    sleep 0.5
  done
  tail -n 20 "$dir"/log/*.out "$dir"/log/*.log >&2 || true
  return 1
}

status() {
  if [[ -z $(pids) ]]; then echo "not running ($dir)"; exit 3; fi
  local overview
  overview=$(curl -fsS -m 10 "$(rest)/overview") || die "processes run, but $(rest) does not answer; see $dir/log"
  echo "running at $(rest) ($dir): Flink $(field flink-version <<<"$overview"), $(field taskmanagers <<<"$overview") task manager(s), $(field slots-available <<<"$overview") of $(field slots-total <<<"$overview") slots free, $(field jobs-running <<<"$overview") job(s) running"
}

stop() {
  local running i
  running=$(pids)
  if [[ -z $running ]]; then echo "not running ($dir)"; return; fi
  # shellcheck disable=SC2086
  kill $running 2>/dev/null || true
  for ((i = 0; i < 40; i++)); do
    [[ -n $(pids) ]] || break
    sleep 0.5
  done
  # shellcheck disable=SC2046
  kill -9 $(pids) 2>/dev/null || true
  rm -f "$dir"/*.pid
  echo "stopped ($dir)"
}

json() { local s=${1//\\/\\\\}; s=${s//\"/\\\"}; s=${s//$'\n'/\\n}; s=${s//$'\t'/\\t}; printf '"%s"' "$s"; }

submit() {
  [[ -n $(pids) ]] || die "no cluster runs in $dir: start it first"
  if [[ -z $jar ]]; then
    jar=$(ls "$project"/pi-dts-flink-jobs/target/pi-dts-flink-jobs-*-job.jar 2>/dev/null | head -1) || true
    [[ -n $jar ]] || die "no job jar pi-dts-flink-jobs/target/pi-dts-flink-jobs-*-job.jar: build it with 'mvn package -DskipTests', or name one with --jar"
  fi
  [[ -r $jar ]] || die "cannot read $jar"
  local answer id body='' a
  answer=$(curl -sS -m 300 -F "jarfile=@$jar;type=application/x-java-archive" "$(rest)/jars/upload")
  id=$(field filename <<<"$answer"); id=${id##*/}
  [[ -n $id ]] || die "upload failed: $answer"
  for a in "${arguments[@]:-}"; do [[ ${#arguments[@]} -eq 0 ]] || body+=${body:+,}$(json "$a"); done
  body="{\"programArgsList\":[$body]"
  [[ -z $main ]] || body+=",\"entryClass\":$(json "$main")"
  [[ -z $from ]] || body+=",\"savepointPath\":$(json "$from")"
  answer=$(curl -sS -m 300 -H 'Content-Type: application/json' -d "$body}" "$(rest)/jars/$id/run")
  id=$(field jobid <<<"$answer")
  [[ -n $id ]] || die "the job was not accepted: $answer"
  echo "$id"
}

case $action in
  start | stop | status | submit) "$action" ;;
  *) usage ;;
esac
