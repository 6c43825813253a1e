"use strict";
// What a reader does with the page: sort, search and filter tables, choose columns, ask for all rows,
// select rows and see them in the charts, hide series, read values at the pointer, look at a chart
// closely. Without this script tables and charts are as they were written.
(function () {
    function make(name, properties, ...children) {
        const element = Object.assign(document.createElement(name), properties);
        element.append(...children);
        return element;
    }

    // "132/145 91.03%" is a share, "12.3 (plus-minus) 4.5%" its first number.
    function number(text) {
        const share = /^(\d+)\/(\d+)/.exec(text);
        if (share)
            return Number(share[1]) / Number(share[2]);
        return /^[-+]?\.?\d/.test(text) ? parseFloat(text) : NaN;
    }

    // Tables.

    function compare(a, b) {
        const known = !isNaN(a.key), other = !isNaN(b.key);
        if (known && other)
            return a.key - b.key;
        if (known || other)
            return known ? -1 : 1;
        return a.text.localeCompare(b.text, undefined, {numeric: true});
    }

    function sort(table, column, sign) {
        const body = table.tBodies[0], sorted = document.createDocumentFragment();
        const rows = Array.from(body.rows, function (row) {
            const text = row.cells[column].textContent;
            return {row: row, text: text, key: number(text), empty: text === "" || text === "-"};
        });
        rows.sort(function (a, b) {
            return a.empty || b.empty ? a.empty - b.empty : sign * compare(a, b);
        });
        for (const item of rows)
            sorted.append(item.row);
        body.append(sorted);
    }

    // The first click puts the best rows first, where it is known which these are.
    function addSorting(table, head, column, heads) {
        const button = make("button", {type: "button"}, ...head.childNodes);
        const first = head.dataset.best === "high" ? "descending" : "ascending";
        const second = first === "ascending" ? "descending" : "ascending";
        head.append(button);
        button.addEventListener("click", function () {
            const order = head.getAttribute("aria-sort") === first ? second : first;
            for (const other of heads)
                other.removeAttribute("aria-sort");
            head.setAttribute("aria-sort", order);
            sort(table, column, order === "ascending" ? 1 : -1);
        });
    }

    const tests = {
        "=": (a, b) => a === b,
        "<": (a, b) => a < b,
        ">": (a, b) => a > b,
        "<=": (a, b) => a <= b,
        ">=": (a, b) => a >= b
    };

    // One word of a search: "beat", or "f1>0.9" of the columns whose name begins so.
    function readWord(word, names) {
        const parts = /^(.+?)(<=|>=|=|<|>)(.+)$/.exec(word);
        const columns = parts ? names.filter(name => name.text.startsWith(parts[1])) : [];
        if (columns.length === 0)
            return row => row.textContent.toLowerCase().includes(word);
        return row => columns.some(function (column) {
            const text = row.cells[column.at].textContent.toLowerCase(), wanted = parts[3];
            const a = number(text), b = number(wanted);
            if (text === wanted && parts[2] === "=")
                return true;
            return !isNaN(a) && !isNaN(b) && tests[parts[2]](a, b);
        });
    }

    function search(table, text, names, count) {
        const words = text.toLowerCase().split(/\s+/).filter(word => word !== "");
        const wanted = words.map(word => readWord(word, names));
        let shown = 0;
        for (const row of table.tBodies[0].rows) {
            row.hidden = !wanted.every(test => test(row));
            shown += row.hidden ? 0 : 1;
        }
        const all = table.tBodies[0].rows.length;
        count.textContent = shown === all ? all + " rows" : shown + " of " + all + " rows";
    }

    function showColumn(table, column, shown) {
        for (const row of table.rows)
            row.cells[column].hidden = !shown;
    }

    function columnChooser(table, heads) {
        const list = make("div", {className: "choices"});
        heads.forEach(function (head, column) {
            const box = make("input", {type: "checkbox", checked: true});
            box.addEventListener("change", () => showColumn(table, column, box.checked));
            list.append(make("label", {}, box, " " + head.textContent));
        });
        return make("details", {className: "chooser"}, make("summary", {}, "Columns"), list);
    }

    // The rows of the template instead of those that the page opened with.
    function showAllRows(table, heads) {
        const lines = document.getElementById("all-rows").content.textContent.split("\n");
        const body = document.createElement("tbody");
        for (const line of lines) {
            const cells = line.split("\t");
            if (cells.length !== heads.length)
                continue;
            const row = body.insertRow();
            cells.forEach(function (text, column) {
                const cell = row.insertCell();
                cell.textContent = text;
                cell.className = heads[column].className;
                cell.hidden = heads[column].hidden;
            });
        }
        table.tBodies[0].replaceWith(body);
    }

    function addTools(table, full, onRows) {
        const heads = Array.from(table.tHead.rows[0].cells);
        const names = heads.map((head, at) => ({at: at, text: head.textContent.toLowerCase()}));
        const count = make("output", {className: "soft"});
        const field = make("input", {type: "search", placeholder: "search, or f1>0.9",
                                     ariaLabel: "search rows"});
        const tools = make("div", {className: "tools"}, field, columnChooser(table, heads), count);
        field.addEventListener("input", () => search(table, field.value, names, count));
        if (full) {
            const button = make("button", {type: "button", className: "all-rows"}, "Show all rows");
            button.addEventListener("click", function () {
                showAllRows(table, heads);
                for (const head of heads)
                    head.removeAttribute("aria-sort");
                search(table, field.value, names, count);
                button.remove();
                onRows();
            });
            tools.append(button);
        }
        heads.forEach((head, column) => addSorting(table, head, column, heads));
        table.closest(".scroll").before(tools);
        search(table, "", names, count);
    }

    // Charts. A series is a label in a legend with everything of its colour.

    const quiet = ["rgb(34,34,34)", "rgb(102,102,102)", "rgb(228,228,228)", "rgb(255,255,255)",
                   "black", "#ffffff", "none", "currentcolor", ""];

    function colourOf(element) {
        for (const name of ["stroke", "color", "fill"]) {
            const value = (element.getAttribute(name) || "").replace(/\s/g, "").toLowerCase();
            if (!quiet.includes(value))
                return value;
        }
        return null;
    }

    function byColour(svg) {
        const found = new Map();
        for (const element of svg.querySelectorAll("path, polygon, use, rect")) {
            let at = element;
            while (at !== svg && !colourOf(at))
                at = at.parentNode;
            const colour = at === svg ? null : colourOf(at);
            if (colour)
                found.set(colour, (found.get(colour) || []).concat(element));
        }
        return found;
    }

    // The legend's texts: gnuplot puts each into the group of its plot, before what is drawn.
    function readSeries(svg) {
        const elements = byColour(svg), series = [];
        for (const plot of svg.querySelectorAll("g[id*='_plot_']")) {
            const text = plot.querySelector("text");
            const drawn = Array.from(plot.querySelectorAll("path, polygon, use, rect"));
            const colour = [...elements.keys()].find(
                key => drawn.some(element => elements.get(key).includes(element)));
            if (text && colour && text.textContent.trim() !== "")
                series.push({label: text.textContent.trim(), text: text,
                             elements: elements.get(colour)});
        }
        return series;
    }

    function addHiding(series) {
        for (const one of series) {
            one.text.classList.add("legend");
            one.text.addEventListener("click", function () {
                const hidden = one.text.classList.toggle("hidden");
                for (const element of one.elements)
                    element.classList.toggle("hidden", hidden);
            });
        }
    }

    // Whether a legend's label, "8, 1e-3", consists of values of the row, in their order.
    function means(label, values) {
        let at = 0;
        return label.replace(/:.*/, "").split(", ").every(function (part) {
            while (at < values.length && values[at] !== part)
                at++;
            return at++ < values.length;
        });
    }

    function highlight(charts, rows) {
        for (const series of charts) {
            const picked = series.filter(one => rows.some(values => means(one.label, values)));
            const kept = new Set(picked.flatMap(one => one.elements));
            for (const one of series)
                for (const element of one.elements)
                    element.classList.toggle("dim", picked.length > 0 && !kept.has(element));
        }
    }

    function addSelection(table, charts) {
        const keys = Array.from(table.tHead.rows[0].cells)
            .map((head, column) => "key" in head.dataset ? column : -1).filter(at => at >= 0);
        function update() {
            const rows = Array.from(table.querySelectorAll("tr.selected"), row =>
                keys.map(column => row.cells[column].textContent));
            highlight(charts, rows);
        }
        table.addEventListener("click", function (event) {
            const row = event.target.closest("tbody tr");
            if (!row || keys.length === 0)
                return;
            row.classList.toggle("selected");
            row.setAttribute("aria-selected", row.classList.contains("selected"));
            update();
        });
        return update;
    }

    // Values at the pointer, at once; the browser's own would come late.
    function addValues() {
        const tip = make("div", {className: "tip", hidden: true});
        document.body.append(tip);
        for (const title of document.querySelectorAll("figure g > title")) {
            title.parentNode.dataset.value = title.textContent;
            title.remove();
        }
        addEventListener("pointermove", function (event) {
            const at = event.target.closest ? event.target.closest("[data-value]") : null;
            tip.hidden = !at;
            if (!at)
                return;
            tip.textContent = at.dataset.value;
            tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
            tip.style.top = event.clientY + 18 + "px";
        });
    }

    // A chart over the whole window: the wheel zooms, dragging moves.
    function openChart(figure) {
        const svg = figure.querySelector("svg"), home = svg.parentNode, next = svg.nextSibling;
        const whole = svg.viewBox.baseVal, full = [whole.x, whole.y, whole.width, whole.height];
        const dialog = make("dialog", {className: "zoomed"});
        let box = full.slice(), from = null;
        function show() {
            svg.setAttribute("viewBox", box.join(" "));
        }
        function zoom(event) {
            const area = svg.getBoundingClientRect(), by = event.deltaY < 0 ? 0.8 : 1.25;
            const x = box[0] + box[2] * (event.clientX - area.left) / area.width;
            const y = box[1] + box[3] * (event.clientY - area.top) / area.height;
            event.preventDefault();
            if (box[2] * by > full[2])
                box = full.slice();
            else
                box = [x + (box[0] - x) * by, y + (box[1] - y) * by, box[2] * by, box[3] * by];
            show();
        }
        function drag(event) {
            if (!from)
                return;
            const area = svg.getBoundingClientRect();
            box[0] -= box[2] * (event.clientX - from[0]) / area.width;
            box[1] -= box[3] * (event.clientY - from[1]) / area.height;
            from = [event.clientX, event.clientY];
            show();
        }
        function restore() {
            box = full.slice();
            show();
            home.insertBefore(svg, next);
            svg.removeEventListener("wheel", zoom);
            dialog.remove();
        }
        const close = make("button", {type: "button"}, "Close");
        close.addEventListener("click", restore);
        dialog.append(make("div", {className: "tools"}, close,
                           make("span", {className: "soft"}, "wheel: zoom, drag: move")), svg);
        svg.addEventListener("wheel", zoom);
        svg.addEventListener("pointerdown", event => { from = [event.clientX, event.clientY]; });
        dialog.addEventListener("pointermove", drag);
        dialog.addEventListener("pointerup", () => { from = null; });
        dialog.addEventListener("close", restore); // the escape key
        document.body.append(dialog);
        dialog.showModal();
    }

    function addZoom(figure) {
        const button = make("button", {type: "button", className: "zoom"}, "Zoom");
        button.addEventListener("click", () => openChart(figure));
        figure.append(button);
    }

    const charts = [];
    for (const figure of document.querySelectorAll("figure")) {
        const series = readSeries(figure.querySelector("svg"));
        addHiding(series);
        addZoom(figure);
        charts.push(series);
    }
    addValues();
    const template = document.getElementById("all-rows");
    for (const table of document.querySelectorAll("table.sortable")) {
        const update = addSelection(table, charts);
        addTools(table, template && template.previousElementSibling.contains(table), update);
    }
    // What is folded on the screen would be missing on paper.
    addEventListener("beforeprint", function () {
        for (const part of document.querySelectorAll("details:not(.chooser)"))
            part.open = true;
    });
})();
