# The main job on the example projects: check, budget, annex, the Prefect flows, next dates.
# Usage: sh examples/demo.sh FOLDER_OF_THE_PROGRAMS FOLDER_FOR_THE_RESULTS
set -eu
bin=$1
out=$2
mkdir -p "$out"
export PREFECT_HOME="$PWD/$out/prefect"

run() {
    echo
    echo "\$ $*"
    program=$1
    shift
    "$bin/$program" "$@"
}

for project in mentor-ka220 letters-ka210 crafts-cbvet; do
    report=examples/${project%-*}-report.toml
    run ka2budget check "examples/$project.toml"
    run ka2budget budget "examples/$project.toml"
    run ka2budget annex "examples/$project.toml" -o "$out/$project.xlsx"
    run python -m flows.budget_annex "examples/$project.toml" -o "$out/$project-flow.xlsx"
    run python -m flows.final_report "examples/$project.toml" "$report" -o "$out/$project-final.xlsx"
    run ka2budget schedule "examples/$project.toml"
done
run ka2budget budget examples/bridges-ka204.toml
run ka2budget settle examples/bridges-ka204.toml examples/bridges-report.toml

rm -f "$out/mentor-P3.xlsx" "$out/letters-report.xlsx"
run ka2budget new KA220-ADU --form --file examples/mentor-ka220.toml --partner P3 -o "$out/mentor-P3.xlsx"
run ka2budget merge "$out/mentor-P3.xlsx" --base examples/mentor-ka220.toml -o "$out/mentor-merged.toml"
run ka2budget report examples/letters-ka210.toml --report examples/letters-report.toml -o "$out/letters-report.xlsx"
run ka2budget settle examples/letters-ka210.toml "$out/letters-report.xlsx"

rm -f "$out/grants.sqlite"
export KA2BUDGET_STORE="$out/grants.sqlite"
grant=2023-1-SI02-KA210-YOU-000000021
run ka2budget grant register examples/songs-ka210.toml --agreement examples/songs-agreement.toml
run ka2budget grant event "$grant" signed --on 2023-09-14
run ka2budget grant event "$grant" payment-received --on 2023-10-10 --amount 24000
run ka2budget grant event "$grant" transfer --on 2023-10-20 --partner P2 --amount 9600
run ka2budget grant due --on 2023-11-06
run ka2budget grant show "$grant" --on 2023-11-06

echo
echo "Written:"
for file in "$out"/*.xlsx; do
    echo "  $file"
done
