(function () {
  "use strict";
  var table = document.querySelector("table.class");
  if (!table) { return; }
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  var field = document.getElementById("search");
  var shown = document.getElementById("shown");
  var order = document.getElementById("order");

  function key(row, column) {
    var cell = row.cells[column];
    var value = cell.getAttribute("data-sort");
    return value === null ? cell.textContent.trim().toLowerCase() : value;
  }

  function compare(a, b) {
    if (a === "" || b === "") { return (a === "") - (b === ""); }
    var x = Number(a), y = Number(b);
    if (!isNaN(x) && !isNaN(y)) { return x - y; }
    return a.localeCompare(b, undefined, {numeric: true});
  }

  function sort(column, down) {
    heads.forEach(function (one) { one.removeAttribute("aria-sort"); });
    heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    order.value = column + (down ? " down" : " up");
    rows.sort(function (a, b) {
      var x = key(a, column), y = key(b, column);
      var found = compare(x, y);
      return down && x !== "" && y !== "" ? -found : found;
    });
    rows.forEach(function (row) { body.appendChild(row); });
  }

  heads.forEach(function (head, column) {
    var name = head.textContent;
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", function () {
      sort(column, head.getAttribute("aria-sort") === "ascending");
    });
    order.add(new Option(name + " \u2191", column + " up"));
    order.add(new Option(name + " \u2193", column + " down"));
  });
  // where the page is too narrow for a head of the table
  order.addEventListener("change", function () {
    var wanted = order.value.split(" ");
    sort(Number(wanted[0]), wanted[1] === "down");
  });

  document.getElementById("find").hidden = false;
  field.addEventListener("input", function () {
    var wanted = field.value.trim().toLowerCase();
    var count = 0;
    rows.forEach(function (row) {
      var fits = row.textContent.toLowerCase().indexOf(wanted) !== -1;
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.textContent = count + " of " + rows.length + " shown";
  });
}());
